// SPDX-License-Identifier: Apache-2.0
// What the header says about patient and scan.
#include <charconv>
#include <cmath>

#include "io/dicom_series.hpp"

namespace ctffr::dicom {

namespace {

// A number of the patient, if it can be true; otherwise a warning and nothing.
std::optional<double> plausible(const std::optional<double>& value, double low, double high, const char* what,
                                const Run& run) {
    if (!value || *value == 0) return std::nullopt;  // scanners write 0 for "not entered"
    if (*value >= low && *value <= high) return value;
    run.warn("The header says {} {}, outside {} to {}: not used.", what, *value, low, high);
    return std::nullopt;
}

// PatientAge is "045Y", "018M", "003W" or "010D"; without it, from the dates of birth and study.
std::optional<double> age_years(const Dataset& dataset) {
    const std::string age = dataset.text(tag::patient_age);
    int count = 0;
    const auto [end, error] = std::from_chars(age.data(), age.data() + age.size(), count);
    if (error == std::errc() && end != age.data() + age.size()) {
        if (*end == 'Y') return count;
        if (*end == 'M') return count / 12.0;
        if (*end == 'W') return count / 52.18;
        if (*end == 'D') return count / 365.25;
    }
    const auto year_fraction = [](const std::string& date) -> std::optional<double> {
        int number = 0;
        if (date.size() != 8 || std::from_chars(date.data(), date.data() + 8, number).ptr != date.data() + 8)
            return std::nullopt;
        return number / 10000 + (number / 100 % 100 - 1) / 12.0 + (number % 100 - 1) / 365.25;
    };
    const std::optional<double> birth = year_fraction(dataset.text(tag::birth_date));
    const std::optional<double> study = year_fraction(dataset.text(tag::study_date));
    if (birth && study) return std::floor(*study - *birth);
    return std::nullopt;
}

}  // namespace

Acquisition acquisition_of(const Series& series) {
    const ImageFile& file = series.first();
    const Dataset& dataset = file.dataset();
    Acquisition out;
    out.manufacturer = file.text(tag::manufacturer);
    out.model = file.text(tag::model_name);
    out.kernel = file.text(tag::kernel);
    out.series_description = series.info.description;
    out.series_uid = series.info.series_uid;
    out.study_uid = file.text(tag::study_uid);
    out.frame_of_reference_uid = file.text(tag::frame_of_reference);
    out.patient_id = file.text(tag::patient_id);
    out.accession_number = file.text(tag::accession_number);
    out.modality = "CT";
    out.selection_reason = series.info.reason;
    out.kvp = std::max(0.0, dataset.number(tag::kvp).value_or(0));
    out.slice_thickness_mm = std::max(0.0, dataset.number(tag::slice_thickness).value_or(0));
    out.cardiac_phase_pct = cardiac_phase_of(series);
    for (const ImageFile& any : series.files)
        if (is_lossy_syntax(any.header.transfer_syntax) || any.dataset().text(tag::lossy) == "01")
            out.lossy_compressed = true;
    return out;
}

PatientFacts patient_of(const Series& series, const Run& run) {
    const Dataset& dataset = series.first().dataset();
    PatientFacts out;
    const std::string sex = dataset.text(tag::patient_sex);
    if (sex == "F" || sex == "M") out.sex = sex.front();
    out.age_years = plausible(age_years(dataset), 1, 120, "an age of (years)", run);
    std::optional<double> height_m = dataset.number(tag::patient_size);
    if (height_m && *height_m > 50 && *height_m < 250) {
        run.warn("The header gives the patient's size as {}, taken as centimetres.", *height_m);
        height_m = *height_m / 100;
    }
    out.height_m = plausible(height_m, 0.5, 2.5, "a body height of (m)", run);
    out.weight_kg = plausible(dataset.number(tag::patient_weight), 10, 400, "a body weight of (kg)", run);
    out.heart_rate_bpm = plausible(dataset.number(tag::heart_rate), 25, 240, "a heart rate of (1/min)", run);
    return out;
}

}  // namespace ctffr::dicom
