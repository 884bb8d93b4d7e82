/* files.h - what an execution that was given up left open. */
#ifndef EXPLORE_FILES_H
#define EXPLORE_FILES_H

/* Note which descriptors are open before an execution whose plan has files fail. */
void files_note(void);

/* After it crashed or failed: close those that were not, as the end of a process does. */
void files_close_new(void);

#endif
