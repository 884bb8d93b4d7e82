/* main.c - weft-image: what pictures are, their digests, conversion, comparison. */
#include "commands.h"
#include "look.h"
#include "png/png.h"
#include "sync/memory.h"

bool command_pool_open(struct cli_pool *pool) {
    static const struct workpool_kind_set *const sets[] = { &look_kinds, &image_kinds,
                                                            &wpng_kinds };
    return cli_pool_open(pool, "weft-image", sets, COUNT_OF(sets));
}

bool command_load(const char *path, struct workpool *pool, struct image *out_image) {
    struct sync_bytes file;
    struct diag diag = { 0 };
    struct image_options options = { .pool = pool };
    *out_image = (struct image){ 0 };
    enum status status = cli_file_read(path, COMMAND_FILE_MAX, &file, &diag);
    if (status == STATUS_OK) {
        status = image_decode(file.bytes, file.count, &options, out_image, &diag);
        sync_free(file.bytes);
    }
    if (status != STATUS_OK) {
        cli_complain(path, &diag);
    }
    return status == STATUS_OK;
}

int main(int argc, char **argv) {
    static const struct cli_subcommand commands[] = {
        { "info", "say what each picture is", command_info },
        { "hash", "print the SHA-256 of each picture's pixels", command_hash },
        { "convert", "write a picture as PNG or PAM", command_convert },
        { "compare", "say whether two files are the same picture", command_compare },
    };
    return cli_dispatch("weft-image", "look at pictures, and convert and compare them", commands,
                        COUNT_OF(commands), argc, argv);
}
