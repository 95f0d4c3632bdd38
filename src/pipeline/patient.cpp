// SPDX-License-Identifier: Apache-2.0
#include "ctffr/pipeline/patient.hpp"

#include <cmath>

#include <nlohmann/json.hpp>

#include "ctffr/core/error.hpp"
#include "ctffr/io/files.hpp"
#include "ctffr/pipeline/nearest.hpp"

namespace ctffr {

namespace {

using Json = nlohmann::ordered_json;

std::vector<std::string> fact_names() {
    std::vector<std::string> names{"sex"};
    PatientFacts facts;
    visit_facts(facts, [&](const char* key, auto&, auto...) { names.emplace_back(key); });
    return names;
}

void read_fact(const std::string& key, const Json& value, const std::filesystem::path& path,
               PatientFacts& facts) {
    if (value.is_null()) return;
    if (key == "sex") {
        const std::string sex = value.is_string() ? value.get<std::string>() : value.dump();
        if (sex != "F" && sex != "M")
            throw Error(ExitCode::usage, "The key 'sex' of {} is {}; it must be \"F\" or \"M\".",
                        path.string(), sex);
        facts.sex = sex[0];
        return;
    }
    bool known = false;
    visit_facts(facts, [&](const char* name, std::optional<double>& fact, const char* unit, auto...) {
        if (key != name) return;
        known = true;
        if (!value.is_number())
            throw Error(ExitCode::usage, "The key '{}' of {} is {}; it must be a number in {}.", key,
                        path.string(), value.dump(), unit);
        fact = value.get<double>();
    });
    if (!known)
        throw Error(ExitCode::usage, "The patient file {} has the unknown key '{}'; did you mean '{}'?",
                    path.string(), key, nearest_name(key, fact_names()));
}

}  // namespace

GivenFacts read_patient_file(const std::filesystem::path& path) {
    std::error_code error;
    if (!std::filesystem::exists(path, error))
        throw Error(ExitCode::input_missing, "There is no patient file {}.", path.string());
    const Json json = Json::parse(read_text(path), nullptr, false);
    if (!json.is_object())
        throw Error(ExitCode::input_unreadable, "The patient file {} is not a JSON object.", path.string());
    GivenFacts given;
    for (const auto& [key, value] : json.items()) {
        read_fact(key, value, path, given.facts);
        if (!value.is_null()) given.sources[key] = "patient file";
    }
    return given;
}

void write_patient_file(const std::filesystem::path& path, const PatientFacts& facts) {
    Json json = Json::object();
    if (facts.sex) json["sex"] = std::string(1, *facts.sex);
    visit_facts(facts, [&](const char* key, const std::optional<double>& value, auto...) {
        if (value) json[key] = *value;
    });
    write_text_atomically(path, json.dump(2) + "\n");
}

GivenFacts merged(const GivenFacts& base, const GivenFacts& over) {
    GivenFacts result = base;
    const auto take = [&](const std::string& key, auto& value, const auto& winner) {
        if (!winner) return;
        value = winner;
        const auto source = over.sources.find(key);
        result.sources[key] = source == over.sources.end() ? "given" : source->second;
    };
    take("sex", result.facts.sex, over.facts.sex);
    visit_facts(result.facts, [&](const char* key, std::optional<double>& value, auto...) {
        visit_facts(over.facts, [&](const std::string& other, const std::optional<double>& winner, auto...) {
            if (other == key) take(other, value, winner);
        });
    });
    return result;
}

GivenFacts image_facts(const PatientFacts& facts, const std::string& input_kind, const Run& run) {
    GivenFacts given{facts, {}};
    if (facts.sex) given.sources["sex"] = input_kind == "dicom" ? "DICOM (0010,0040)" : input_kind;
    visit_facts(given.facts, [&](const char* key, std::optional<double>& value, const char* unit, double low,
                                 double high, const std::string& tag) {
        if (!value) return;
        if (!(*value >= low && *value <= high)) {
            run.warn("The image says {} = {} {}, outside {} to {}: not used.", key, *value, unit, low, high);
            value.reset();
            return;
        }
        given.sources[key] = input_kind == "dicom" && !tag.empty() ? "DICOM " + tag : input_kind;
    });
    return given;
}

void check_facts(const GivenFacts& given) {
    const auto source = [&](const std::string& key) {
        const auto found = given.sources.find(key);
        return found == given.sources.end() ? std::string("given") : found->second;
    };
    visit_facts(given.facts, [&](const char* key, const std::optional<double>& value, const char* unit,
                                 double low, double high, const char*) {
        if (value && !(*value >= low && *value <= high))
            throw Error(ExitCode::physiology_out_of_range,
                        "{} is {} {} ({}); an adult has {} to {} {}: check the number and its unit.", key,
                        *value, unit, source(key), low, high, unit);
    });
    if (given.facts.systolic_mmhg && given.facts.diastolic_mmhg &&
        *given.facts.diastolic_mmhg + least_pulse_mmhg > *given.facts.systolic_mmhg)
        throw Error(
            ExitCode::physiology_out_of_range,
            "diastolic_mmhg is {} mmHg ({}), not {} mmHg below systolic_mmhg {} mmHg ({}): correct the "
            "numbers or leave them out.",
            *given.facts.diastolic_mmhg, source("diastolic_mmhg"), least_pulse_mmhg,
            *given.facts.systolic_mmhg, source("systolic_mmhg"));
}

void note_sources(Hyperaemia& hyperaemia, const GivenFacts& given) {
    visit_facts(given.facts, [&](const char* key, const std::optional<double>& value, auto...) {
        if (!value) return;
        const auto source = given.sources.find(key);
        PatientValue& item = hyperaemia.patient[key];
        item = {*value, Origin::measured, source == given.sources.end() ? "given" : source->second};
    });
}

}  // namespace ctffr
