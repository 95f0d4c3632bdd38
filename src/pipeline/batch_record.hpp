// SPDX-License-Identifier: Apache-2.0
// What a batch keeps of one case: OUT/rows/CASE/row.json, from which the cohort's table is made.
#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace ctffr {

// A vessel, a lesion, or a segment with its distal end. Figures by the names of their columns in cohort.csv;
// a number that does not exist is not there.
struct TableRow {
    std::string kind;  // "vessel", "lesion", "segment"
    std::string vessel, segment, note;
    std::map<std::string, double> figures;
};

struct BatchRecord {
    std::string key;     // of inputs, options and version: another key means that the row no longer holds
    bool final = false;  // false: killed, disk full, ...: says nothing about the case, which is run again
    std::string state;   // "ok", "ok-with-excluded-segments", "rejected", "failed"
    int exit_code = 0;   // of `ctffr run`; 128 + signal when a signal ended it
    std::string failure, stage, reason;  // name of the code, stage, sentence; empty when all went well
    std::string input_kind, input_hash, version, commit, device;
    double wall_s = 0;                                      // of the process
    std::vector<std::pair<std::string, double>> timings_s;  // of the stages, in order
    std::vector<TableRow> rows;
};

// The record of a case whose process ended with `exit_code`: from result.json in `case_folder` where that is
// of this run, and from the last error line of `output`, the text that the process printed.
BatchRecord record_of(const std::filesystem::path& case_folder, const std::string& output, int exit_code);

std::string record_json(const BatchRecord& record);
// Empty when the text is no such record: the case is then run again.
std::optional<BatchRecord> record_from_json(const std::string& text);

}  // namespace ctffr
