#include "cre2.h"

#include <re2/re2.h>

#include <exception>
#include <map>
#include <string>
#include <vector>

struct cre2_pattern {
    RE2 re2;
    cre2_pattern(const re2::StringPiece &text, const RE2::Options &options) : re2(text, options) {}
};

extern "C" {

cre2_pattern *cre2_compile(const char *pattern, size_t length, bool ignore_case, int64_t max_memory) {
    try {
        RE2::Options options(RE2::Quiet);
        options.set_case_sensitive(!ignore_case);
        options.set_max_mem(max_memory);
        return new cre2_pattern(re2::StringPiece(pattern, length), options);
    } catch (const std::exception &) {
        return nullptr;
    }
}

void cre2_free(cre2_pattern *pattern) { delete pattern; }

const char *cre2_error(const cre2_pattern *pattern) {
    return pattern->re2.ok() ? nullptr : pattern->re2.error().c_str();
}

const char *cre2_error_part(const cre2_pattern *pattern) { return pattern->re2.error_arg().c_str(); }

bool cre2_is_too_large(const cre2_pattern *pattern) {
    return pattern->re2.error_code() == RE2::ErrorPatternTooLarge;
}

int cre2_group_count(const cre2_pattern *pattern) { return pattern->re2.NumberOfCapturingGroups(); }

const char *cre2_group_name(const cre2_pattern *pattern, int group) {
    const auto &names = pattern->re2.CapturingGroupNames();
    const auto found = names.find(group);
    return found == names.end() ? nullptr : found->second.c_str();
}

bool cre2_match(const cre2_pattern *pattern, const char *text, size_t length, cre2_span *spans, int count) {
    try {
        std::vector<re2::StringPiece> found(count);
        const re2::StringPiece all(text, length);
        if (!pattern->re2.Match(all, 0, length, RE2::UNANCHORED, found.data(), count)) return false;
        for (int index = 0; index < count; index++) {
            const auto &part = found[index];
            spans[index].start = part.data() == nullptr ? -1 : part.data() - text;
            spans[index].length = static_cast<ptrdiff_t>(part.size());
        }
        return true;
    } catch (const std::exception &) {
        return false;
    }
}
}
