/* say.c - who is speaking, and how a mistake is put into words. */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cpu.h"
#include "cli_impl.h"

static char program_name[64] = "weft";

/* Tests and curious users can ask for the portable twin of every vector kernel. */
static void lower_cpu_level(void) {
    const char *name = getenv("WEFT_CPU");
    if (name == NULL || name[0] == '\0') {
        return;
    }
    enum cpu_level level;
    if (!cpu_level_from_name(name, &level)) {
        cli_say("WEFT_CPU is '%s', not one of: portable avx2 avx512", name);
        exit(CLI_USAGE);
    }
    cpu_set_level(level);
}

void cli_begin(const char *name) {
    size_t bytes = strcspn(name, " ");
    if (bytes >= sizeof(program_name)) {
        bytes = sizeof(program_name) - 1;
    }
    memcpy(program_name, name, bytes);
    program_name[bytes] = '\0';
    lower_cpu_level();
    cli_check_pool_environment();
}

const char *cli_program(void) {
    return program_name;
}

/* What is longer is cut: nothing may be asked of memory when the complaint is its lack. */
enum { SAID_BYTES_MAX = 16384 };

static bool is_json_wanted;

void cli_speak_json(void) {
    is_json_wanted = true;
}

void cli_say(const char *format, ...) {
    char text[SAID_BYTES_MAX];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof(text), format, arguments);
    va_end(arguments);
    fflush(stdout);   /* results before the mistake stay before it on a terminal */
    fprintf(stderr, "%s: ", program_name);
    cli_write_text(stderr, text);
    fputc('\n', stderr);
}

static void say_json(const char *file, const struct cli_mention *mention, uint64_t offset,
                     const char *reason) {
    fputs("{\"file\": ", stdout);
    cli_json_text(file);
    fputs(", \"error\": ", stdout);
    cli_json_text(reason);
    if (offset != DIAG_NO_OFFSET) {
        printf(", \"offset\": %" PRIu64, offset);
    }
    if (mention != NULL) {
        fputs(", \"named_in\": ", stdout);
        cli_json_text(mention->in);
        printf(", \"named_at\": %" PRIu64, mention->at);
    }
    fputs("}\n", stdout);
}

/* "offset N: ", or nothing when there is none. */
static const char *offset_text(uint64_t offset, char room[48]) {
    room[0] = '\0';
    if (offset != DIAG_NO_OFFSET) {
        snprintf(room, 48, "offset %" PRIu64 ": ", offset);
    }
    return room;
}

static const char *shown(const char *file) {
    return file[0] != '\0' ? file : "''";
}

void cli_complain_of(const char *file, const struct cli_mention *mention,
                     const struct diag *diag) {
    const char *reason = diag->reason != NULL ? diag->reason : status_name(diag->status);
    char at[48], outer_at[48];
    offset_text(diag->offset, at);
    if (mention != NULL) {
        cli_say("%s: %s%s: %s%s", shown(mention->in), offset_text(mention->at, outer_at),
                shown(file), at, reason);
    } else if (file != NULL) {
        cli_say("%s: %s%s", shown(file), at, reason);
    } else {
        cli_say("%s%s", at, reason);
    }
    if (is_json_wanted && file != NULL) {
        say_json(file, mention, diag->offset, reason);
    }
}

void cli_complain(const char *file, const struct diag *diag) {
    cli_complain_of(file, NULL, diag);
}

void cli_refuse(const char *file, const char *format, ...) {
    char reason[256];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(reason, sizeof(reason), format, arguments);
    va_end(arguments);
    struct diag diag = { .status = STATUS_BAD_DATA, .offset = DIAG_NO_OFFSET, .reason = reason };
    cli_complain(file, &diag);
}

int cli_finish(int code) {
    if (fflush(stdout) != 0 || ferror(stdout)) {
        cli_say("standard output: cannot be written");
        return CLI_FAILED;
    }
    return code;
}
