/* main.c - the command line of an explored program, from its options to its exit code. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "explore/explore.h"
#include "failure.h"
#include "options.h"
#include "report.h"
#include "report_impl.h"
#include "sample.h"
#include "source.h"
#include "token.h"
#include "watch.h"
#include "workers.h"

enum {
    EXIT_HELD = 0, EXIT_FAILED = 1, EXIT_USAGE = 2, EXIT_NOTHING = 3,
    SHRINK_NS = 1000000000
};

/* By this weft-explore knows an explored program without running it. */
extern const char explore_marker[];
__attribute__((used)) const char explore_marker[] = "\177weft-explored program 1\n";

struct session {
    struct options options;
    const struct explore_case *cases;
    size_t count;
    size_t number;           /* of the case that is run, from 1 */
    bool is_out_of_memory;
    bool has_failed;
    bool is_page_lost;       /* --html could not be written */
};

/* ---- one case --------------------------------------------------------------------- */

static void tell(struct session *session, const struct explore_case *chosen,
                 const struct search_result *result, bool is_replay) {
    struct failure failure;
    struct failure_way way = { .seed = session->options.seed,
                               .shrink_ns = session->options.keeps_long || is_replay
                                                ? 0 : SHRINK_NS };
    struct report report = { .options = &session->options, .chosen = chosen, .result = result,
                             .is_replay = is_replay, .number = session->number };
    if (!result->finding.is_there) {
        report_case(&report);
        return;
    }
    session->has_failed = true;
    if (failure_make(chosen, &result->finding, &way, &failure) == STATUS_OK) {
        report.failure = &failure;
        report_case(&report);
        if (session->options.html != NULL && failure.is_shown &&
            !report_html(&report, session->options.html)) {
            session->is_page_lost = true;
        }
    } else {
        session->is_out_of_memory = true;
    }
    failure_finish(&failure);
}

static void explore_one(struct session *session, const struct explore_case *of) {
    static struct search_result result;
    struct options *options = &session->options;
    struct report_progress progress;
    struct search search = {
        .chosen = *of, .seed = options->seed, .tell = report_progress_tell,
        .context = &progress, .budget_ns = (uint64_t)(options->budget_s * 1e9) };
    search.chosen.plan = options_plan(options, &of->plan);
    report_progress_begin(&progress, options, of->name);
    enum status status = workers_run(&search, options->processes, &result);
    report_progress_end(&progress);
    if (status != STATUS_OK) {
        session->is_out_of_memory = true;
    } else {
        tell(session, &search.chosen, &result, false);
    }
    search_finding_finish(&result.finding);
}

static void sample_one(struct session *session, const struct explore_case *of) {
    struct report_sample sample = { .options = &session->options, .name = of->name,
                                    .number = session->number };
    char text[SAMPLE_TEXT_BYTES];
    struct explore_case chosen = *of;
    chosen.plan = options_plan(&session->options, &of->plan);
    uint64_t begun = search_clock_ns();
    if (!sample_run(&chosen, (uint64_t)(session->options.budget_s * 1e9), &sample.runs, text)) {
        sample.text = text;
        session->has_failed = true;
    }
    sample.elapsed_ns = search_clock_ns() - begun;
    report_sample(&sample);
}

/* ---- all of them ------------------------------------------------------------------ */

static bool are_names_known(const struct session *session) {
    bool are_known = true;
    for (int i = 0; i < session->options.name_count; i++) {
        const char *name = session->options.names[i];
        bool is_known = false;
        for (size_t k = 0; k < session->count; k++) {
            is_known = is_known || strcmp(session->cases[k].name, name) == 0;
        }
        if (!is_known) {
            fprintf(stderr, "%s: there is no case '%s'; --list shows those there are\n",
                    session->options.program, name);
        }
        are_known = are_known && is_known;
    }
    return are_known;
}

static size_t count_wanted(const struct session *session) {
    size_t count = 0;
    for (size_t i = 0; i < session->count; i++) {
        count += options_wants(&session->options, session->cases[i].name);
    }
    return count;
}

static int exit_code(const struct session *session) {
    if (session->is_out_of_memory) {
        fprintf(stderr, "%s: out of memory, or of processes\n", session->options.program);
    }
    return session->has_failed || session->is_out_of_memory || session->is_page_lost
               ? EXIT_FAILED : EXIT_HELD;
}

static int run_cases(struct session *session, bool is_on_threads) {
    size_t wanted = count_wanted(session);
    if (wanted == 0) {
        fprintf(stderr, "%s: there is no case to run\n", session->options.program);
        return EXIT_NOTHING;
    }
    report_begin(&session->options, wanted);
    for (size_t i = 0; i < session->count; i++) {
        if (options_wants(&session->options, session->cases[i].name)) {
            session->number++;
            if (is_on_threads) {
                sample_one(session, &session->cases[i]);
            } else {
                explore_one(session, &session->cases[i]);
            }
        }
    }
    return exit_code(session);
}

/* The one execution that a token names. */
static int replay(struct session *session) {
    struct token token;
    char why[TOKEN_WHY_BYTES];
    size_t which;
    struct token_program program = { .build = source_build(), .cases = session->cases,
                                     .count = session->count };
    enum token_fault fault = token_parse(session->options.replay, &token, why);
    if (fault == TOKEN_FINE) {
        fault = token_match(&token, &program, &which, why);
    }
    if (fault != TOKEN_FINE) {
        fprintf(stderr, "%s: --replay: %s\n", session->options.program, why);
        token_finish(&token);
        return fault == TOKEN_NO_MEMORY ? EXIT_FAILED : EXIT_USAGE;
    }
    static struct search_result result;
    struct explore_case chosen = session->cases[which];
    chosen.plan = token.plan;
    session->options.seed = token.seed;
    session->number = 1;
    report_begin(&session->options, 1);
    if (search_once(&chosen, token.choices, token.count, &result) == STATUS_OK) {
        tell(session, &chosen, &result, true);
    } else {
        session->is_out_of_memory = true;
    }
    search_finding_finish(&result.finding);
    token_finish(&token);
    return exit_code(session);
}

static bool are_names_fit(const struct session *session) {
    for (size_t i = 0; i < session->count; i++) {
        if (session->cases[i].name == NULL || !token_takes_name(session->cases[i].name)) {
            fprintf(stderr, "%s: the name of case %zu is not letters, digits and '_' alone, or "
                            "has more than %d of them\n", session->options.program, i + 1,
                    TOKEN_NAME_BYTES - 1);
            return false;
        }
    }
    return true;
}

static int run_session(struct session *session) {
    bool is_on_threads = sample_is_on_threads();
    if (session->options.is_list) {
        for (size_t i = 0; i < session->count; i++) {
            puts(session->cases[i].name);
        }
        return EXIT_HELD;
    }
    if (is_on_threads && session->options.replay != NULL) {
        fprintf(stderr, "%s: --replay: this program runs on threads of the system, which "
                        "follow no token\n", session->options.program);
        return EXIT_USAGE;
    }
    if (is_on_threads) {
        return run_cases(session, true);
    }
    if (engine_create() != STATUS_OK) {
        session->is_out_of_memory = true;
        return exit_code(session);
    }
    watch_begin();
    int code = session->options.replay != NULL ? replay(session) : run_cases(session, false);
    watch_end();
    engine_destroy();
    return code;
}

int explore_main(int argc, char **argv, const struct explore_case *cases, size_t count) {
    struct session session = { .cases = cases, .count = count };
    enum options_answer answer = options_parse(argc, argv, &session.options);
    if (answer != OPTIONS_GO) {
        return answer == OPTIONS_DONE ? EXIT_HELD : EXIT_USAGE;
    }
    if (!are_names_fit(&session) || !are_names_known(&session)) {
        return EXIT_USAGE;
    }
    return run_session(&session);
}
