#!/usr/bin/env python3
"""Write image_gamma_table.c: the light at which each of the values 1..255 begins.

A value v of light is shown as round(255 * v ** (1 / 2.2)), halves up, so n begins at
v = ((n - 1/2) / 255) ** 2.2, that is where v ** 5 = ((2 n - 1) / 510) ** 11.  The table
holds the smallest integer t with t / 2**32 not below that, found in exact integers.
"""

def threshold(n):
    low, high = 0, 1 << 32
    while low < high:
        middle = (low + high) // 2
        if middle ** 5 * 510 ** 11 >= (2 * n - 1) ** 11 * 2 ** 160:
            high = middle
        else:
            low = middle + 1
    return low

print("/* image_gamma_table.c - written by image_gamma_table.py; do not edit. */")
print('#include "image_gamma_table.h"')
print()
print("const uint32_t image_gamma_table[255] = {")
values = [threshold(n) for n in range(1, 256)]
for i in range(0, 255, 6):
    print("    " + " ".join("0x%08x," % v for v in values[i:i + 6]))
print("};")
