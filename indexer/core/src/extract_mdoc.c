/* extract_mdoc.c - the requests of mdoc(7), which may stand inside each other's lines. */
#include <string.h>

#include "extract_man.h"

/* What a macro does with the words behind it. */
enum mdoc_macro {
    MDOC_NONE,        /* no macro: a word */
    MDOC_QUIET,       /* its own name is all there is to drop */
    MDOC_FLAG,        /* words get a dash */
    MDOC_NAME,        /* the page's name when no word follows */
    MDOC_FUNCTION,    /* the first word gets "()" */
    MDOC_PAGE,        /* "name section" becomes name(section) */
    MDOC_INCLUDE,     /* <word> */
    MDOC_SYSTEM,      /* stands for the name of an operating system */
    MDOC_IGNORE,      /* the whole line says nothing */
};

static const struct { char name[4]; enum mdoc_macro macro; const char *text; } macros[] = {
    { "Fl", MDOC_FLAG, NULL }, { "Nm", MDOC_NAME, NULL }, { "Fn", MDOC_FUNCTION, NULL },
    { "Fo", MDOC_FUNCTION, NULL }, { "Xr", MDOC_PAGE, NULL }, { "In", MDOC_INCLUDE, NULL },
    { "Ux", MDOC_SYSTEM, "UNIX" }, { "Bx", MDOC_SYSTEM, "BSD" }, { "Fx", MDOC_SYSTEM, "FreeBSD" },
    { "Nx", MDOC_SYSTEM, "NetBSD" }, { "Ox", MDOC_SYSTEM, "OpenBSD" },
    { "Dx", MDOC_SYSTEM, "DragonFly" }, { "At", MDOC_SYSTEM, "AT&T UNIX" },
    { "Dd", MDOC_IGNORE, NULL }, { "Os", MDOC_IGNORE, NULL }, { "Bl", MDOC_IGNORE, NULL },
    { "El", MDOC_IGNORE, NULL }, { "Bd", MDOC_IGNORE, NULL }, { "Ed", MDOC_IGNORE, NULL },
    { "Pp", MDOC_IGNORE, NULL }, { "Lp", MDOC_IGNORE, NULL }, { "Sm", MDOC_IGNORE, NULL },
    { "Bk", MDOC_IGNORE, NULL }, { "Ek", MDOC_IGNORE, NULL }, { "Rs", MDOC_IGNORE, NULL },
    { "Re", MDOC_IGNORE, NULL }, { "Bf", MDOC_IGNORE, NULL }, { "Ef", MDOC_IGNORE, NULL },
    { "Tg", MDOC_IGNORE, NULL }, { "Db", MDOC_IGNORE, NULL }, { "Rv", MDOC_IGNORE, NULL },
    { "Ex", MDOC_IGNORE, NULL },
};

/* Macros that only choose a font, bracket or space what follows. */
static const char quiet[][4] = {
    "Ad", "An", "Ao", "Ap", "Aq", "Ar", "Ac", "Bc", "Bo", "Bq", "Brc", "Bro", "Brq", "Bt", "Cd",
    "Cm", "Dc", "Dl", "Do", "Dq", "Dv", "D1", "Ec", "Em", "En", "Eo", "Er", "Es", "Ev", "Fa",
    "Fc", "Fd", "Fr", "Ft", "Hf", "Ic", "It", "Lb", "Li", "Lk", "Ms", "Mt", "Nd", "No", "Ns",
    "Oc", "Oo", "Op", "Ot", "Pa", "Pc", "Pf", "Po", "Pq", "Qc", "Ql", "Qo", "Qq", "Sc", "Sh",
    "So", "Sq", "Ss", "St", "Sx", "Sy", "Ta", "Tn", "Ud", "Va", "Vt", "Xc", "Xo", "%A", "%B",
    "%C", "%D", "%I", "%J", "%N", "%O", "%P", "%Q", "%R", "%T", "%U", "%V",
};

static enum mdoc_macro macro_of(struct man_span word, const char **out_text) {
    *out_text = "";
    if (word.count < 2 || word.count > 3) {
        return MDOC_NONE;
    }
    for (size_t i = 0; i < COUNT_OF(macros); i++) {
        if (extract_man_is(word, macros[i].name)) {
            *out_text = macros[i].text;
            return macros[i].macro;
        }
    }
    for (size_t i = 0; i < COUNT_OF(quiet); i++) {
        if (extract_man_is(word, quiet[i])) {
            return MDOC_QUIET;
        }
    }
    return MDOC_NONE;
}

/* One line of words and macros on its way out. */
struct mdoc_line {
    struct man_page *page;
    const struct man_request *request;
    uint32_t at;                 /* next word */
    enum mdoc_macro macro;       /* what the last macro asks of the words after it */
    bool has_word;               /* of that macro */
};

static bool is_punctuation(struct man_span word) {
    return word.count == 1 && memchr(".,:;()[]?!|", word.at[0], 11) != NULL;
}

static void put_word(struct mdoc_line *line, struct man_span word) {
    struct extract_buffer *out = &line->page->out->text;
    bool is_first = !line->has_word && !is_punctuation(word);
    if (line->macro == MDOC_FLAG && !is_punctuation(word)) {
        extract_put_byte(out, '-');
    }
    if (line->macro == MDOC_PAGE && line->has_word && !is_punctuation(word)) {
        /* The section goes to the name before it. */
        if (out->count > 0 && out->bytes[out->count - 1] == ' ') {
            out->count--;
        }
        extract_put_byte(out, '(');
        extract_man_text(word, out);
        extract_put_byte(out, ')');
        line->macro = MDOC_QUIET;
    } else {
        extract_put_text(out, line->macro == MDOC_INCLUDE && is_first ? "<" : "");
        extract_man_text(word, out);
        extract_put_text(out, line->macro == MDOC_INCLUDE && is_first    ? ">"
                              : line->macro == MDOC_FUNCTION && is_first ? "()" : "");
    }
    extract_put_byte(out, ' ');
    line->has_word |= is_first;
}

/* A macro without the word that it could have had. */
static void end_macro(struct mdoc_line *line) {
    struct extract_buffer *out = &line->page->out->text;
    if (line->macro == MDOC_NAME && !line->has_word) {
        extract_man_text(line->page->name, out);
        extract_put_byte(out, ' ');
    } else if (line->macro == MDOC_FLAG && !line->has_word) {
        extract_put_text(out, "- ");
    }
}

static void start_macro(struct mdoc_line *line, enum mdoc_macro macro, const char *text) {
    end_macro(line);
    line->macro = macro;
    line->has_word = false;
    if (macro == MDOC_SYSTEM) {
        extract_put_text(&line->page->out->text, text);
        extract_put_byte(&line->page->out->text, ' ');
    }
}

static void put_line(struct man_page *page, const struct man_request *request,
                     enum mdoc_macro macro, const char *text) {
    struct mdoc_line line = { .page = page, .request = request, .macro = MDOC_QUIET };
    struct extract_buffer *out = &page->out->text;
    start_macro(&line, macro, text);
    for (uint32_t i = 0; i < request->word_count; i++) {
        enum mdoc_macro next = macro_of(request->words[i], &text);
        if (next == MDOC_NONE || next == MDOC_IGNORE) {
            put_word(&line, request->words[i]);
        } else {
            start_macro(&line, next, text);
        }
    }
    end_macro(&line);
    if (out->count > 0 && out->bytes[out->count - 1] == ' ') {
        out->bytes[out->count - 1] = '\n';
    }
    extract_end_line(out);
}

static void take_description(struct man_page *page, const struct man_request *request) {
    extract_put_text(&page->out->title, " - ");
    extract_man_text(request->rest, &page->out->title);
    page->has_description = true;
}

bool extract_mdoc_request(struct man_page *page, const struct man_request *request) {
    const char *text;
    if (extract_man_is(request->name, "Dt")) {
        page->name = request->word_count > 0 ? request->words[0] : page->name;
        page->section = request->word_count > 1 ? request->words[1] : page->section;
        return true;
    }
    enum mdoc_macro macro = macro_of(request->name, &text);
    if (macro == MDOC_NONE) {
        return false;
    }
    if (macro == MDOC_IGNORE) {
        return true;
    }
    bool is_name = macro == MDOC_NAME && request->word_count > 0;
    if (is_name && !page->has_own_name) {
        page->has_own_name = true;            /* the first .Nm gives the name in its own letters */
        page->name = request->words[0];
    }
    if (extract_man_is(request->name, "Nd") && !page->has_description) {
        take_description(page, request);
    }
    put_line(page, request, macro, text);
    return true;
}
