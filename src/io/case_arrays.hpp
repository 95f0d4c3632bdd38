// SPDX-License-Identifier: Apache-2.0
// Helpers to put flat arrays into a StageRecord and to take them out again in the same order.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "ctffr/core/error.hpp"
#include "ctffr/core/vec3.hpp"
#include "ctffr/io/case_file.hpp"

namespace ctffr {

// Appends values one after another; `done` stores them as rows of `columns`.
template <class T>
class ArrayWriter {
   public:
    void add(T value) { values_.push_back(value); }
    void add(Vec3 v) { add(static_cast<T>(v.x)), add(static_cast<T>(v.y)), add(static_cast<T>(v.z)); }
    void store(StageRecord& record, const std::string& name, Index columns = 1) {
        const Index rows = static_cast<Index>(values_.size()) / columns;
        std::vector<Index> shape{rows};
        if (columns > 1) shape.push_back(columns);
        record.arrays[name] = {std::move(values_), std::move(shape)};
    }

   private:
    std::vector<T> values_;
};

// Reads what ArrayWriter wrote; reading past the end means another layout.
template <class T>
class ArrayReader {
   public:
    ArrayReader(const StageRecord& record, const std::string& name)
        : values_(record.values<T>(name)), stage_(record.stage), name_(name) {}
    T next() {
        if (at_ >= values_.size())
            throw Error(ExitCode::case_incompatible,
                        "The case file's array '{}' in stage '{}' is too short: delete the case file.", name_,
                        stage_);
        return values_[at_++];
    }
    Vec3 next_vec3() {
        const double x = next(), y = next(), z = next();
        return {x, y, z};
    }
    std::size_t size() const { return values_.size(); }
    bool at_end() const { return at_ == values_.size(); }

   private:
    const std::vector<T>& values_;
    std::string stage_, name_;
    std::size_t at_ = 0;
};

// Rows of different length: `name` holds the values, `name_count` the length of each row.
inline void pack_ragged(StageRecord& record, const std::string& name,
                        const std::vector<std::vector<double>>& rows) {
    ArrayWriter<double> values;
    ArrayWriter<std::int32_t> counts;
    for (const auto& row : rows) {
        counts.add(static_cast<std::int32_t>(row.size()));
        for (double value : row) values.add(value);
    }
    values.store(record, name);
    counts.store(record, name + "_count");
}

inline std::vector<std::vector<double>> unpack_ragged(const StageRecord& record, const std::string& name) {
    ArrayReader<double> values(record, name);
    std::vector<std::vector<double>> rows;
    for (std::int32_t count : record.values<std::int32_t>(name + "_count")) {
        auto& row = rows.emplace_back();
        for (std::int32_t i = 0; i < count; ++i) row.push_back(values.next());
    }
    return rows;
}

}  // namespace ctffr
