/*
 * image_gamma_table.h - the light at which each shown value begins.
 *
 * Units:    entry n - 1 is the smallest light shown as n, in units of 2^-32
 * Shapes:   255 ascending entries
 * Threads:  constant
 * Memory:   constant
 * Errors:   none
 * Source:   image_gamma_table.py, in exact integers
 * Depends:  none
 */
#ifndef IMAGE_GAMMA_TABLE_H
#define IMAGE_GAMMA_TABLE_H

#include <stdint.h>

extern const uint32_t image_gamma_table[255];

#endif
