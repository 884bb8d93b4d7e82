#!/usr/bin/env python3
"""inputs.py FOLDER - write small good and broken inputs, made from nothing.

good.png is 40 x 30 RGBA noise.  Each broken file is good.png spoilt in one way.
"""
import os
import random
import struct
import sys
import zlib

WIDTH, HEIGHT = 40, 30


def chunk(kind, body):
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def png(width, height, rows):
    header = struct.pack(">IIBBBBB", width, height, 8, 6, 0, 0, 0)
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header)
            + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b""))


def main():
    folder = sys.argv[1]
    noise = random.Random(1)
    rows = b"".join(b"\0" + noise.randbytes(4 * WIDTH) for _ in range(HEIGHT))
    good = png(WIDTH, HEIGHT, rows)
    middle = len(good) // 2
    files = {
        "good.png": good,
        "good2.png": png(WIDTH, HEIGHT, bytes(len(rows))),
        "truncated.png": good[:middle],
        "flipped.png": good[:middle] + bytes([good[middle] ^ 1]) + good[middle + 1:],
        "oversized.png": png(2 ** 31 - 1, 2 ** 31 - 1, rows),
        "zero.png": b"",
        "wrong.png": b"This is a text, and not a picture.\n" * 5,
        "short-data.png": png(WIDTH, HEIGHT + 1, rows),
    }
    for name, data in files.items():
        with open(os.path.join(folder, name), "wb") as file:
            file.write(data)


if __name__ == "__main__":
    main()
