// SPDX-License-Identifier: Apache-2.0
// Facts about the patient: DICOM, overridden by a patient file, overridden by options; each with its source.
#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>

#include "ctffr/core/run.hpp"
#include "ctffr/data/flow.hpp"
#include "ctffr/data/image.hpp"
#include "ctffr/data/patient_facts.hpp"

namespace ctffr {

// Facts with where each came from: "DICOM", "patient file", "command line", ...; keys as in patient.json.
struct GivenFacts {
    PatientFacts facts;
    std::map<std::string, std::string> sources;
};

// Reads patient.json: an object with the keys of data/patient_facts.hpp and "sex" ("F" or "M"). Unknown keys
// are Error(usage) naming the nearest valid one.
GivenFacts read_patient_file(const std::filesystem::path& path);
void write_patient_file(const std::filesystem::path& path, const PatientFacts& facts);

// `over` wins where it has a value.
GivenFacts merged(const GivenFacts& base, const GivenFacts& over);
// Facts of the image; values no living adult has are dropped with a warning (scanners write 0 for "not
// known").
GivenFacts image_facts(const PatientFacts& facts, const std::string& input_kind, const Run& run);
// Throws Error(physiology_out_of_range) with value, range, unit and source.
void check_facts(const GivenFacts& given);
// Puts the source of each given fact into the patient values of a flow problem, and adds those it does not
// hold.
void note_sources(Hyperaemia& hyperaemia, const GivenFacts& given);

}  // namespace ctffr
