/*
 * wide.h - a 128-bit unsigned number, which C11 has no name for.
 *
 * Units:    none
 * Shapes:   none
 * Threads:  none
 * Memory:   none
 * Errors:   none
 * Source:   gcc and clang on 64-bit machines
 * Depends:  none
 */
#ifndef INDEXER_WIDE_H
#define INDEXER_WIDE_H

__extension__ typedef unsigned __int128 wide_u128;

#endif
