/* font_file.c - a font from a path, or a complaint. */
#include "sync/memory.h"
#include "weft_font.h"

bool font_file_open(const char *path, uint64_t face_index, struct font_file *out_file) {
    struct diag diag = { .offset = DIAG_NO_OFFSET };
    struct ttf_options options = { .face_index = (uint32_t)face_index };
    *out_file = (struct font_file){ 0 };
    enum status status = cli_file_read(path, FONT_FILE_MAX, &out_file->bytes, &diag);
    if (status == STATUS_OK) {
        status = ttf_font_create(out_file->bytes.bytes, out_file->bytes.count, &options,
                                 &out_file->font, &diag);
    }
    if (status != STATUS_OK) {
        cli_complain(path, &diag);
        font_file_close(out_file);
        return false;
    }
    return true;
}

void font_file_close(struct font_file *file) {
    ttf_font_destroy(file->font);
    sync_free(file->bytes.bytes);
    *file = (struct font_file){ 0 };
}
