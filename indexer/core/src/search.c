/* search.c - a query from its text to a page of hits. */
#include "indexer/search.h"

#include <string.h>

#include "base/assert.h"
#include "base/hash.h"
#include "search_explain.h"
#include "search_impl.h"
#include "search_merge.h"
#include "search_page.h"
#include "snapshot.h"
#include "snippet.h"
#include "sync/memory.h"

struct search {
    const struct index *index;
    struct query_parser *parser;
    struct search_source *sources;
    uint32_t source_count;
    uint64_t document_count;
    struct rank_table table;
    uint8_t state[SEARCH_PAGE_STATE_BYTES];
    const char *damaged_file;       /* of the last search_run() */
};

/* What search_run() gives away: the public part, and what it stands on. */
struct answer {
    struct search_results results;
    struct pile pile;
};

/* One search_run() under way. */
struct running {
    struct search *search;
    const struct search_request *request;
    uint32_t top;
    struct query query;
    struct search_plan plan;
    struct search_merge merge;
    struct search_page page;            /* of this query and state */
    struct pile pile;
    struct answer *answer;
    struct diag *diag;
};

/* What goes wrong from here on goes wrong in this source. */
static void look_into(struct running *run, uint32_t source) {
    run->plan.reading = source;
}

static void describe_index(struct search *search) {
    struct index_statistics statistics;
    uint8_t digest[DIGEST_BYTES];
    index_statistics_read(search->index, &statistics);
    search->document_count = statistics.document_count;
    rank_table_init(&search->table, statistics.document_count, statistics.token_count);
    index_files_digest(search->index, digest);
    memcpy(search->state, digest, sizeof(search->state));
    for (uint32_t i = 0; i < search->source_count; i++) {
        const struct index_part *part = index_part_at(search->index, i);
        search->sources[i] = (struct search_source){ &part->segment, part->deleted,
                                                      part->deleted_count };
    }
}

static enum analysis_lang language_of(const struct index *index) {
    struct index_statistics statistics;
    index_statistics_read(index, &statistics);
    return statistics.language == INDEX_LANGUAGE_ENGLISH ? ANALYSIS_ENGLISH : ANALYSIS_NONE;
}

enum status search_create(const struct index *index, struct search **out_search) {
    *out_search = NULL;
    struct search *search = sync_alloc_zero(1, sizeof(*search));
    if (search == NULL) {
        return STATUS_NO_MEMORY;
    }
    search->index = index;
    search->source_count = index_part_count(index);
    search->sources = sync_alloc_zero(search->source_count, sizeof(*search->sources));
    enum status status = search->sources == NULL
                             ? STATUS_NO_MEMORY
                             : query_parser_create(language_of(index), &search->parser);
    if (status != STATUS_OK) {
        search_destroy(search);
        return status;
    }
    describe_index(search);
    *out_search = search;
    return STATUS_OK;
}

void search_destroy(struct search *search) {
    if (search == NULL) {
        return;
    }
    query_parser_destroy(search->parser);
    sync_free(search->sources);
    sync_free(search);
}

void search_results_destroy(struct search_results *results) {
    if (results == NULL) {
        return;
    }
    struct answer *answer = CONTAINER_OF(results, struct answer, results);
    pile_clear(&answer->pile);
    sync_free(answer);
}

/* ---- the best documents ---- */

static enum status search_source(struct running *run, uint32_t source, struct search_top *top) {
    struct search_plan *plan = &run->plan;
    if (run->request->is_exhaustive) {
        return search_exhaustive(plan, source, top);
    }
    struct search_node *root;
    enum status status = search_node_make(plan, source, run->query.root, &root);
    if (status != STATUS_OK || root == NULL) {
        return status;
    }
    if (root->kind == SEARCH_PHRASE) {
        search_scan(plan, source, root, top);
    } else if (root->kind == SEARCH_ALL) {
        status = search_all(plan, source, root, top);
    } else {
        status = search_any(plan, source, root, top);
    }
    return status == STATUS_OK ? search_node_status(root, plan->diag) : status;
}

static enum status read_page(struct running *run) {
    look_into(run, SEARCH_NO_SOURCE);
    enum status status = search_page_read(run->request->page, &run->page, run->diag);
    if (status != STATUS_OK) {
        return status;
    }
    /* The state matched, so these can only be wrong in a forged token. */
    const struct search_plan *plan = &run->plan;
    const struct search_candidate *last = &run->page.last;
    bool is_sound = last->source < plan->source_count
                    && last->document < plan->sources[last->source].segment->document_count
                    && run->page.rank <= UINT32_MAX - SEARCH_TOP_MAX;
    return is_sound ? STATUS_OK
                    : diag_fail(run->diag, STATUS_BAD_DATA, DIAG_NO_OFFSET,
                                "this is no page token");
}

static enum status find_best(struct running *run) {
    struct search_top top = { .capacity = run->top + 1 };
    enum status status = search_merge_init(&run->merge, &run->plan, top.capacity);
    top.heap = pile_take(&run->pile, (size_t)top.capacity * sizeof(*top.heap));
    if (status == STATUS_OK && top.heap == NULL) {
        status = STATUS_NO_MEMORY;
    }
    if (status == STATUS_OK && run->request->page != NULL) {
        status = read_page(run);
        top.has_page = true;
        top.page_score = run->page.last.score;
    }
    for (uint32_t s = 0; s < run->plan.source_count && status == STATUS_OK; s++) {
        look_into(run, s);
        top.source = s;
        top.count = 0;
        top.need = search_merge_need(&run->merge);
        if (top.has_page) {
            status = search_merge_place(&run->merge, &run->page.last, s, &top.page_document);
        }
        if (status == STATUS_OK) {
            status = search_source(run, s, &top);
        }
        if (status == STATUS_OK) {
            search_top_sort(&top);
            status = search_merge_add(&run->merge, &top);
        }
    }
    return status;
}

/* ---- hits ---- */

static const char *copy_text(struct pile *pile, const uint8_t *bytes, size_t count) {
    char *text = pile_take(pile, count + 1);
    if (text != NULL) {
        memcpy(text, bytes, count);
        text[count] = '\0';
    }
    return text;
}

static uint64_t document_place(const struct running *run,
                               const struct segment_document *document) {
    const struct segment *segment = run->plan.sources[run->plan.reading].segment;
    return (uint64_t)(document->text - segment->bytes);
}

static enum status add_snippet(struct running *run, const struct segment_document *document,
                               struct search_hit *hit) {
    const struct search_request *request = run->request;
    hit->snippet = "";
    if (request->snippet_bytes == 0 || document->text == NULL) {
        return STATUS_OK;
    }
    /* What is shown is looked at; the sum is over just what is read here anyway. */
    if (!segment_document_is_sound(document)) {
        return diag_fail(run->diag, STATUS_BAD_DATA, document_place(run, document),
                         "the text of a document is damaged");
    }
    struct snippet_request snippet = {
        .analysis = query_parser_analysis(run->search->parser), .plan = &run->plan,
        .text = document->text, .text_bytes = document->text_bytes,
        .bytes_max = request->snippet_bytes < SEARCH_SNIPPET_MAX ? request->snippet_bytes
                                                                 : SEARCH_SNIPPET_MAX,
        .mark_begin = request->mark_begin == NULL ? "" : request->mark_begin,
        .mark_end = request->mark_end == NULL ? "" : request->mark_end };
    return snippet_make(&snippet, &run->answer->pile, &hit->snippet);
}

static enum status fill_hit(struct running *run, const struct search_candidate *candidate,
                            struct search_hit *hit) {
    const struct segment *segment = run->plan.sources[candidate->source].segment;
    struct segment_document *document = &run->merge.documents[0];
    look_into(run, candidate->source);
    enum status status = segment_document(segment, candidate->document, document, run->diag);
    if (status != STATUS_OK) {
        return status;
    }
    struct pile *pile = &run->answer->pile;
    hit->score = candidate->score;
    hit->id = copy_text(pile, document->id, document->id_bytes);
    hit->id_bytes = document->id_bytes;
    hit->title = copy_text(pile, document->title, document->title_bytes);
    hit->length = document->token_count;
    hit->ranked_length = segment_norm_length(segment->norms[candidate->document]);
    if (hit->id == NULL || hit->title == NULL) {
        return STATUS_NO_MEMORY;
    }
    status = add_snippet(run, document, hit);
    if (status == STATUS_OK && run->request->wants_explanations) {
        status = search_explain(&run->plan, candidate, pile, hit);
    }
    return status;
}

static enum status add_next_page(struct running *run, uint32_t hits) {
    if (run->merge.count <= hits) {
        return STATUS_OK;
    }
    char *token = pile_take(&run->answer->pile, SEARCH_PAGE_TEXT_BYTES);
    if (token == NULL) {
        return STATUS_NO_MEMORY;
    }
    run->page.last = run->merge.best[hits - 1];
    run->page.rank += hits;
    search_page_write(&run->page, token);
    run->answer->results.next_page = token;
    return STATUS_OK;
}

static enum status fill_results(struct running *run) {
    uint32_t count = run->merge.count < run->top ? run->merge.count : run->top;
    struct search_hit *hits = pile_take_zero(&run->answer->pile, count, sizeof(*hits));
    if (hits == NULL) {
        return STATUS_NO_MEMORY;
    }
    for (uint32_t i = 0; i < count; i++) {
        enum status status = fill_hit(run, &run->merge.best[i], &hits[i]);
        if (status != STATUS_OK) {
            return status;
        }
    }
    run->answer->results.hits = hits;
    run->answer->results.hit_count = count;
    run->answer->results.first_rank = run->page.rank + 1;
    return add_next_page(run, count);
}

/* ---- the whole ---- */

static enum status run_query(struct running *run) {
    struct search *search = run->search;
    const struct search_request *request = run->request;
    struct query_text text = { request->query, request->query_bytes, request->needs_all_words };
    enum status status = query_parse(search->parser, &text, &run->query, run->diag);
    if (status != STATUS_OK) {
        return status;
    }
    run->answer->results.is_nothing_left = run->query.root == NULL;
    if (run->query.root == NULL) {
        return STATUS_OK;
    }
    memcpy(run->page.state, search->state, sizeof(run->page.state));
    run->page.query = hash_64(request->query, request->query_bytes, request->needs_all_words);
    run->plan = (struct search_plan){
        .sources = search->sources, .source_count = search->source_count,
        .document_count = search->document_count, .table = &search->table,
        .query = &run->query, .pile = &run->pile, .diag = run->diag,
        .reading = SEARCH_NO_SOURCE };
    status = search_plan_make(&run->plan);
    if (status == STATUS_OK) {
        status = find_best(run);
    }
    return status == STATUS_OK ? fill_results(run) : status;
}

/* The file of the source that was being read; NULL for none, or for the log's documents. */
static const char *name_damage(const struct running *run) {
    if (run->plan.reading >= run->search->source_count) {
        return NULL;
    }
    const char *file = index_part_at(run->search->index, run->plan.reading)->file;
    return file[0] != '\0' ? file : NULL;
}

const char *search_damaged_file(const struct search *search) {
    return search->damaged_file;
}

enum status search_run(struct search *search, const struct search_request *request,
                       struct search_results **out_results, struct diag *diag) {
    *out_results = NULL;
    ASSERT(request->top <= SEARCH_TOP_MAX);
    struct running run = { .search = search, .request = request, .diag = diag,
                           .plan = { .reading = SEARCH_NO_SOURCE },
                           .top = request->top > 0 ? request->top : SEARCH_TOP_DEFAULT };
    run.answer = sync_alloc_zero(1, sizeof(*run.answer));
    enum status status = run.answer == NULL ? STATUS_NO_MEMORY : run_query(&run);
    search->damaged_file = status == STATUS_BAD_DATA ? name_damage(&run) : NULL;
    query_destroy(&run.query);
    pile_clear(&run.pile);
    if (status == STATUS_OK) {
        *out_results = &run.answer->results;
        return STATUS_OK;
    }
    if (run.answer != NULL) {
        search_results_destroy(&run.answer->results);
    }
    return status == STATUS_NO_MEMORY
               ? diag_fail(diag, status, DIAG_NO_OFFSET, "out of memory") : status;
}
