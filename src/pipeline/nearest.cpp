// SPDX-License-Identifier: Apache-2.0
#include "ctffr/pipeline/nearest.hpp"

#include <algorithm>
#include <limits>
#include <numeric>

namespace ctffr {

int edit_distance(std::string_view a, std::string_view b) {
    // Row by row: row[j] = distance of a[0..i) to b[0..j).
    std::vector<int> row(b.size() + 1);
    std::iota(row.begin(), row.end(), 0);
    for (std::size_t i = 1; i <= a.size(); ++i) {
        int diagonal = row[0];
        row[0] = static_cast<int>(i);
        for (std::size_t j = 1; j <= b.size(); ++j) {
            const int replaced = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
            diagonal = row[j];
            row[j] = std::min({replaced, row[j] + 1, row[j - 1] + 1});
        }
    }
    return row[b.size()];
}

std::string nearest_name(std::string_view name, const std::vector<std::string>& candidates) {
    std::string best;
    int best_distance = std::numeric_limits<int>::max();
    for (const std::string& candidate : candidates) {
        const int distance = edit_distance(name, candidate);
        if (distance < best_distance) best = candidate, best_distance = distance;
    }
    return best;
}

}  // namespace ctffr
