// SPDX-License-Identifier: Apache-2.0
// Help with misspelt names: the nearest valid one by edit distance.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace ctffr {

// Levenshtein distance: single-character insertions, deletions and replacements that turn `a` into `b`.
int edit_distance(std::string_view a, std::string_view b);
// The candidate with the smallest edit distance (first of equals); empty when there are none.
std::string nearest_name(std::string_view name, const std::vector<std::string>& candidates);

}  // namespace ctffr
