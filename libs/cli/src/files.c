/* files.c - what is read and what is written, and that these are not the same. */
#include <string.h>
#include <strings.h>

#include "cli_impl.h"

/* Where "-" is read from. */
static const char *source(const char *path) {
    return strcmp(path, "-") == 0 ? "/dev/stdin" : path;
}

enum status cli_file_read(const char *path, size_t limit_bytes, struct sync_bytes *out_bytes,
                          struct diag *diag) {
    return sync_file_read(source(path), limit_bytes, out_bytes, diag);
}

static bool ends_in(const char *path, const char *ending, size_t bytes) {
    size_t path_bytes = strlen(path);
    return path_bytes > bytes && strncasecmp(path + path_bytes - bytes, ending, bytes) == 0;
}

bool cli_ends_in(const char *path, const char *ending) {
    return ends_in(path, ending, strlen(ending));
}

bool cli_output_is_named(const char *path, const char *endings) {
    struct sync_entry entry;
    size_t used = 0;
    char list[64] = "";
    for (const char *at = endings; *at != '\0';) {
        size_t bytes = strcspn(at, " ");
        if (ends_in(path, at, bytes)) {
            return true;
        }
        used += (size_t)snprintf(list + used, sizeof(list) - used, "%s%.*s",
                                 used > 0 ? " or " : "", (int)bytes, at);
        at += bytes + (at[bytes] == ' ');
    }
    if (sync_path_kind(path, &entry, NULL) == STATUS_OK && entry.kind == SYNC_ENTRY_OTHER) {
        return true;
    }
    cli_say("%s: the output's name must end in %s", path[0] != '\0' ? path : "''", list);
    return false;
}

bool cli_output_spares(const char *output, const char *input) {
    if (output == NULL || !sync_path_is_same(output, source(input))) {
        return true;
    }
    cli_say("%s: would be written over, but it is read", output);
    return false;
}

static const char *output_of(const struct cli_option *option) {
    return option->value == CLI_OUTPUT ? *(const char **)option->target : NULL;
}

/* No output of a later option, and no operand, is `output`. */
static bool is_apart(const struct cli_command *command, size_t index, char *const *operands,
                     int count) {
    const char *output = output_of(&command->options[index]);
    for (size_t i = index + 1; i < command->option_count; i++) {
        const char *other = output_of(&command->options[i]);
        if (other != NULL && (strcmp(output, other) == 0 || sync_path_is_same(output, other))) {
            cli_say("--%s and --%s are the same file: '%s'", command->options[index].name,
                    command->options[i].name, output);
            return false;
        }
    }
    for (int i = 0; i < count; i++) {
        /* By name too, because an operand may be an output that is not there yet. */
        if (strcmp(output, operands[i]) == 0 || sync_path_is_same(output, source(operands[i]))) {
            cli_say("--%s would write over '%s'", command->options[index].name, operands[i]);
            return false;
        }
    }
    return true;
}

bool cli_outputs_are_apart(const struct cli_command *command, char *const *operands, int count) {
    for (size_t i = 0; i < command->option_count; i++) {
        const char *output = output_of(&command->options[i]);
        const char *endings = command->options[i].endings;
        if (output != NULL && ((endings != NULL && !cli_output_is_named(output, endings)) ||
                               !is_apart(command, i, operands, count))) {
            return false;
        }
    }
    return true;
}
