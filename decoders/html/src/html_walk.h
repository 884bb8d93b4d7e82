/*
 * html_walk.h - a parsed page to its words, in document order.
 *
 * Units:    depth in nodes, the document node included
 * Shapes:   none
 * Threads:  one
 * Memory:   a stack of `depth_max` nodes during the walk
 * Errors:   STATUS_LIMIT deeper than depth_max, STATUS_NO_MEMORY, the writers' statuses
 * Source:   none
 * Depends:  base, sync, gumbo
 */
#ifndef HTML_WALK_H
#define HTML_WALK_H

#include <stdint.h>

#include <gumbo.h>

#include "base/attr.h"
#include "base/diag.h"
#include "html_writer.h"

MUST_CHECK enum status html_walk(const GumboNode *document, uint32_t depth_max,
                                 struct html_writer *title, struct html_writer *text,
                                 struct diag *diag);

#endif
