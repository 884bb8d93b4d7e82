/* search_scan.c - phrases: document by document, in windows that may be good enough. */
#include "search_impl.h"

void search_scan(struct search_plan *plan, uint32_t source, struct search_node *root,
                 struct search_top *top) {
    const struct search_source *from = &plan->sources[source];
    uint32_t target = root->document;
    while (target != SEGMENT_NO_DOCUMENT) {
        uint32_t bound;
        uint32_t last = search_node_window(root, target, &bound);
        if (last == SEGMENT_NO_DOCUMENT) {
            return;
        }
        if (root->kind == SEARCH_PHRASE) {
            search_phrase_set_need(root, top->need);
        }
        while (target <= last && bound >= top->need) {
            uint32_t document = search_node_seek(root, target);
            if (document > last) {
                target = document;
                break;
            }
            uint32_t score = search_node_score(root);
            if (score >= top->need && !search_is_deleted(from, document)) {
                search_top_offer(top, document, score);
            }
            target = document + 1;
        }
        if (target <= last) {
            target = last + 1;
        }
    }
}
