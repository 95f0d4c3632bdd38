// SPDX-License-Identifier: Apache-2.0
// The case file `case.h5`: one HDF5 group per finished stage, so that a run can resume or redo a stage.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "ctffr/core/index.hpp"

namespace ctffr {

// One array of a stage, C order (last index fastest). The number of values is the product of `shape`.
struct CaseArray {
    std::variant<std::vector<double>, std::vector<float>, std::vector<std::int32_t>,
                 std::vector<std::uint8_t>>
        values;
    std::vector<Index> shape;
};

// Everything a finished stage left: its stamp and its data. Arrays and texts become data sets of the group
// `stage`.
struct StageRecord {
    std::string stage;
    int schema = 1;          // of the data layout of this stage
    std::string key;         // SHA-256 over inputs, options of this and earlier stages, and code version
    std::string input_hash;  // key of the stage before, or hash of the input file
    std::string options;     // options of this stage as text
    std::string version;     // of the program that wrote it
    double seconds = 0;      // wall time of the stage
    std::map<std::string, CaseArray> arrays;
    std::map<std::string, std::string> texts;

    // The values of an array or text; throws Error(case_incompatible) when missing or of another type.
    template <class T>
    const std::vector<T>& values(const std::string& name) const;
    const std::string& text(const std::string& name) const;
};

// A case file on disk. Every change writes a whole new file and renames it over the old one, so a finished
// stage is never lost. A file that cannot be read is Error(case_incompatible).
class CaseFile {
   public:
    explicit CaseFile(std::filesystem::path path);

    bool exists() const;
    // Key of a stored stage; empty when there is none. Reads only the stamp.
    std::string key_of(const std::string& stage) const;
    std::optional<StageRecord> load(const std::string& stage) const;
    // Adds or replaces one stage and the request text (how the run was asked for). Other stages are kept.
    void save(const StageRecord& record, const std::string& request);
    std::string request() const;  // empty when the file does not exist

   private:
    std::filesystem::path path_;
};

}  // namespace ctffr
