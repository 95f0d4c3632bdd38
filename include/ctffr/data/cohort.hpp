// SPDX-License-Identifier: Apache-2.0
// Computed and measured FFR of many vessels: what a validation compares.
#pragma once

#include <optional>
#include <string>
#include <vector>

namespace ctffr {

// One place where FFR is compared, usually a vessel. FFR has no unit; an empty value is not known.
struct CohortRow {
    std::string patient;  // column `case`
    std::string vessel;
    int line = 0;                         // of the file it came from
    bool rejected = false;                // the case or the vessel could not be analysed: no computed value
    std::string reason;                   // why it was rejected
    std::optional<double> ffr_ct;         // the value that counts; there unless rejected
    std::optional<double> ffr_ct_lesion;  // read below the lesion
    std::optional<double> ffr_ct_distal;  // read at the distal end of the vessel
    std::optional<double> ds_pct;         // diameter stenosis graded on CT
    std::optional<double> ffr_invasive;   // measured
    std::string path;                     // folder of the run, for tracing; never read here
};

struct Cohort {
    std::vector<CohortRow> rows;
    bool has_measured = false;         // the file has the column ffr_invasive
    std::vector<std::string> remarks;  // what a reader of the result should know, one sentence each
};

// What seal.json says of the computed values beside it, which were fixed before the measured ones were
// joined.
struct Seal {
    std::string sha256;
    int rows = 0;
    bool blinded = false;  // the sealed file held no measured values
};

// Bounds of a plausible value at any border. Invasive FFR can pass 1 by drift of the wire.
inline constexpr double lowest_ffr = 0.0, highest_ffr = 1.2;

}  // namespace ctffr
