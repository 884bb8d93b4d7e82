/*
 * folder.h - the folder of an index: whose it is, and what may be removed from it.
 *
 * Units:    none
 * Shapes:   names are those of docs/formats/index.md
 * Threads:  the caller holds the folder's lock, save for folder_map()
 * Memory:   none kept
 * Errors:   those of sync/file.h
 * Source:   none
 * Depends:  base, sync
 */
#ifndef INDEXER_FOLDER_H
#define INDEXER_FOLDER_H

#include "indexer/index.h"
#include "manifest.h"

/*
 * STATUS_EXISTS when something in the folder is not ours: its name is in out_foreign,
 * which is empty else.  A "manifest" is judged by its first bytes, a "lock" by being
 * empty, the others by their whole names.
 */
MUST_CHECK enum status folder_is_ours(const char *folder,
                                      char out_foreign[INDEX_FILE_NAME_BYTES],
                                      struct diag *diag);

/*
 * Remove temporary files, and the segments and logs that the manifest (NULL: none)
 * does not name.
 */
MUST_CHECK enum status folder_clean(const char *folder, const struct manifest *manifest,
                                    struct diag *diag);

/* Map the file `name` of the folder. */
MUST_CHECK enum status folder_map(const char *folder, const char *name, struct sync_map *out_map,
                                  struct diag *diag);

#endif
