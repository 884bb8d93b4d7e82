/* kinds.c - the registry of this component's jobs. */
#include "base/attr.h"
#include "decoder.h"
#include "encoder.h"

static const struct workpool_kind *const kinds[] = {
    &decode_stage_kind,
    &decode_segment_kind,
    &decode_file_kind,
    &encode_analyse_kind,
    &encode_segment_kind,
};

const struct workpool_kind_set wpng_kinds = { .kinds = kinds, .count = COUNT_OF(kinds) };
