/*
 * list_writer.h - what segment_writer.c and list_writer.c ask of each other.
 *
 * Units:    none
 * Shapes:   none
 * Threads:  as segment_writer.h
 * Memory:   as segment_writer.h
 * Errors:   stick in the writer's sink
 * Source:   none
 * Depends:  none
 */
#ifndef INDEXER_LIST_WRITER_H
#define INDEXER_LIST_WRITER_H

#include "segment_writer.h"

void segment_writer_fail(struct segment_writer *writer, enum status status, const char *reason);

/* Add `next_term` to the dictionary with these bytes behind it. */
void segment_writer_put_term(struct segment_writer *writer, const uint8_t *meta,
                             size_t meta_bytes);

#endif
