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

namespace ctffr {

// Facts with where each came from: "DICOM", "patient file", "command line", ...; keys as in patient.json.
struct GivenFacts {
    PatientFacts facts;
    std::map<std::string, std::string> sources;
};

// Calls visitor(key, value, unit, low, high, dicom_tag) for every numeric fact. The bounds are what a living
// adult can have; outside it is a typing error or a wrong unit.
template <class Facts, class Visitor>
void visit_facts(Facts& facts, Visitor&& visitor) {
    visitor("age_years", facts.age_years, "years", 15.0, 110.0, "(0010,1010)");
    visitor("height_m", facts.height_m, "m", 1.2, 2.3, "(0010,1020)");
    visitor("weight_kg", facts.weight_kg, "kg", 30.0, 300.0, "(0010,1030)");
    visitor("heart_rate_bpm", facts.heart_rate_bpm, "1/min", 30.0, 200.0, "(0018,1088)");
    visitor("systolic_mmhg", facts.systolic_mmhg, "mmHg", 70.0, 250.0, "");
    visitor("diastolic_mmhg", facts.diastolic_mmhg, "mmHg", 35.0, 150.0, "");
    visitor("hematocrit", facts.hematocrit, "fraction", 0.15, 0.70, "");
    visitor("lv_mass_g", facts.lv_mass_g, "g", 40.0, 500.0, "");
}

// Reads patient.json: an object with the keys above and "sex" ("F" or "M"). Unknown keys are Error(usage)
// naming the nearest valid one.
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
