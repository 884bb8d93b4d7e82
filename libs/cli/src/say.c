/* say.c - who is speaking, and how a mistake is put into words. */
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
}

const char *cli_program(void) {
    return program_name;
}

void cli_say(const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    fflush(stdout);   /* results before the mistake stay before it on a terminal */
    fprintf(stderr, "%s: ", program_name);
    vfprintf(stderr, format, arguments);
    fputc('\n', stderr);
    va_end(arguments);
}

void cli_complain(const char *file, const struct diag *diag) {
    const char *reason = diag->reason != NULL ? diag->reason : status_name(diag->status);
    const char *separator = file != NULL ? ": " : "";
    if (file == NULL) {
        file = "";
    }
    if (diag->offset == DIAG_NO_OFFSET) {
        cli_say("%s%s%s", file, separator, reason);
    } else {
        cli_say("%s%soffset %llu: %s", file, separator, (unsigned long long)diag->offset, reason);
    }
}

int cli_finish(int code) {
    if (fflush(stdout) != 0 || ferror(stdout)) {
        cli_say("standard output: cannot be written");
        return CLI_FAILED;
    }
    return code;
}
