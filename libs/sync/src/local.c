/* local.c - sync/local.h: a table of locals, and in each thread a value for each. */
#include "sync/local.h"

#include "self.h"
#include "sync/lock.h"

/* A key is a place in the table plus how often the place was used before. */
struct entry {
    uint32_t key;                      /* of the local that is here or was here last */
    bool is_used;
    uint64_t made;                     /* greater than that of all made before */
    struct sync_local_options options;
};

static struct sync_lock lock;          /* guards the table */
static struct entry table[SYNC_LOCALS_MAX];
static uint64_t made;

enum status sync_local_init(struct sync_local *local, const struct sync_local_options *options) {
    enum status status = STATUS_LIMIT;
    sync_lock_acquire(&lock);
    for (uint32_t i = 0; i < SYNC_LOCALS_MAX && status != STATUS_OK; i++) {
        if (!table[i].is_used) {
            uint32_t key = table[i].key == 0 ? SYNC_LOCALS_MAX + i : table[i].key + SYNC_LOCALS_MAX;
            table[i] = (struct entry){ key, true, ++made, *options };
            local->key = key;
            status = STATUS_OK;
        }
    }
    sync_lock_release(&lock);
    return status;
}

static struct entry *entry_of(const struct sync_local *local) {
    return &table[local->key % SYNC_LOCALS_MAX];
}

void sync_local_finish(struct sync_local *local) {
    sync_lock_acquire(&lock);
    ASSERT(entry_of(local)->key == local->key && entry_of(local)->is_used);
    entry_of(local)->is_used = false;
    sync_lock_release(&lock);
    local->key = 0;
}

void sync_local_set(const struct sync_local *local, void *value) {
    struct self *self = self_get();
    uint32_t at = local->key % SYNC_LOCALS_MAX;
    ASSERT_SLOW(table[at].key == local->key && table[at].is_used);
    self->values[at].value = value;
    self->values[at].key = local->key;
    self->values_set |= 1u << at;
}

/* The table may be read without its lock: who has the local has seen it being made. */
void *sync_local_get(const struct sync_local *local) {
    struct self *self = self_get();
    uint32_t at = local->key % SYNC_LOCALS_MAX;
    ASSERT_SLOW(table[at].key == local->key && table[at].is_used);
    if ((self->values_set >> at & 1) != 0 && self->values[at].key == local->key) {
        return self->values[at].value;
    }
    if (table[at].options.make == NULL) {
        return table[at].options.initial;
    }
    void *value = table[at].options.make();
    if (value != NULL) {
        sync_local_set(local, value);
    }
    return value;
}

/*
 * Of the places in *todo the one whose local was made last is taken off the thread;
 * places that nobody knows any more are passed over.
 */
static void (*take_newest(struct self *self, uint32_t *todo, void **out_value))(void *) {
    uint32_t newest = SYNC_LOCALS_MAX;
    sync_lock_acquire(&lock);
    for (uint32_t i = 0; i < SYNC_LOCALS_MAX; i++) {
        bool is_set = (*todo & self->values_set) >> i & 1;
        bool is_known = is_set && table[i].is_used && table[i].key == self->values[i].key;
        if (is_known && (newest == SYNC_LOCALS_MAX || table[i].made > table[newest].made)) {
            newest = i;
        }
    }
    bool is_found = newest != SYNC_LOCALS_MAX;
    void (*destroy)(void *) = is_found ? table[newest].options.destroy : NULL;
    sync_lock_release(&lock);
    *out_value = is_found ? self->values[newest].value : NULL;
    uint32_t done = is_found ? 1u << newest : *todo;
    *todo &= ~done;
    self->values_set &= ~done;
    return destroy;
}

static void clear(struct self *self) {
    for (int round = 0; round < SYNC_LOCAL_ROUNDS && self->values_set != 0; round++) {
        for (uint32_t todo = self->values_set; todo != 0;) {
            void *value;
            void (*destroy)(void *) = take_newest(self, &todo, &value);
            if (destroy != NULL && value != NULL) {
                destroy(value);
            }
        }
    }
    self->values_set = 0;
}

void sync_local_clear(void) {
    clear(self_get());
}

void local_forget_all(void) {
    lock = (struct sync_lock){ { 0 } };
    for (uint32_t i = 0; i < SYNC_LOCALS_MAX && made != 0; i++) {
        table[i] = (struct entry){ 0 };
    }
    made = 0;
}
