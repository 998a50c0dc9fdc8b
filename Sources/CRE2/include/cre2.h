#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// A C face on RE2: matching in time linear in the text, whatever the pattern.
#ifdef __cplusplus
extern "C" {
#endif

typedef struct cre2_pattern cre2_pattern;

// Where a group matched, in bytes. `start` is -1 for a group that took no part.
typedef struct {
    ptrdiff_t start;
    ptrdiff_t length;
} cre2_span;

// Compiles a UTF-8 pattern. NULL only when memory ran out. To be freed by `cre2_free`, also after an error.
cre2_pattern *cre2_compile(const char *pattern, size_t length, bool ignore_case, int64_t max_memory);
void cre2_free(cre2_pattern *pattern);

// Why the pattern is no good; NULL if it is good. Lives as long as the pattern.
const char *cre2_error(const cre2_pattern *pattern);
// The part of the pattern that is to blame; empty if unknown. Lives as long as the pattern.
const char *cre2_error_part(const cre2_pattern *pattern);
// Whether the error is that the compiled pattern would need more than `max_memory`.
bool cre2_is_too_large(const cre2_pattern *pattern);

// How many groups the pattern has; they are numbered from 1.
int cre2_group_count(const cre2_pattern *pattern);
// The name of a group; NULL if it has none. Lives as long as the pattern.
const char *cre2_group_name(const cre2_pattern *pattern, int group);

// Whether the pattern matches anywhere in the text. Fills `spans[0]` with the whole match and the rest with the
// groups, in order. Safe to call from several threads at once.
bool cre2_match(const cre2_pattern *pattern, const char *text, size_t length, cre2_span *spans, int count);

#ifdef __cplusplus
}
#endif
