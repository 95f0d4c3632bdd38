// SPDX-License-Identifier: Apache-2.0
#include "io/dicom_read.hpp"

#include <algorithm>
#include <cmath>
#include <set>

#include "ctffr/core/error.hpp"
#include "io/dicom_series.hpp"

namespace ctffr::dicom {

namespace {

namespace fs = std::filesystem;

// Scores within this distance are a tie, which sharpness of the middle slice decides.
constexpr double tie_points = 1.0;

std::string describe(const Series& series) {
    return fmt::format("{} ({}, {} slices: {})",
                       series.info.series_uid.empty() ? "without UID" : series.info.series_uid,
                       series.info.description.empty() ? "no description" : series.info.description,
                       series.frames(), series.info.reason);
}

std::string describe_all(const std::vector<Series>& all) {
    constexpr std::size_t most = 12;
    std::vector<std::string> words;
    for (std::size_t i = 0; i < std::min(most, all.size()); ++i) words.push_back(describe(all[i]));
    if (all.size() > most) words.push_back(fmt::format("and {} more", all.size() - most));
    return fmt::format("{}", fmt::join(words, "; "));
}

// Root mean square gradient of the middle slice inside the body (HU per pixel): motion and a bad phase lower
// it.
double sharpness_of(const Series& series, const Run& run) {
    Stack stack = build_stack(series);
    stack.frames = {stack.frames[stack.frames.size() / 2]};
    std::vector<std::int16_t> hu;
    read_pixels(series, stack, hu, run);
    const int nx = stack.geometry.size.x, ny = stack.geometry.size.y;
    double sum = 0;
    long count = 0;
    for (int j = 1; j + 1 < ny; ++j)
        for (int i = 1; i + 1 < nx; ++i) {
            const std::size_t at =
                static_cast<std::size_t>(j) * static_cast<std::size_t>(nx) + static_cast<std::size_t>(i);
            if (hu[at] < 0 || hu[at] > 700)
                continue;  // contrast-filled chambers and muscle, not lung or bone
            const double dx = 0.5 * (hu[at + 1] - hu[at - 1]);
            const double dy =
                0.5 * (hu[at + static_cast<std::size_t>(nx)] - hu[at - static_cast<std::size_t>(nx)]);
            sum += dx * dx + dy * dy;
            ++count;
        }
    return count > 0 ? std::sqrt(sum / static_cast<double>(count)) : 0;
}

void settle_ties(std::vector<Series>& all, const Run& run) {
    const auto tied = std::count_if(all.begin(), all.end(), [&](const Series& series) {
        return series.info.score > 0 && all.front().info.score - series.info.score <= tie_points;
    });
    if (tied < 2) return;
    try {
        for (auto it = all.begin(); it != all.begin() + tied; ++it) {
            const double sharpness = sharpness_of(*it, run);
            it->info.reason += fmt::format(", sharpness {:.1f}", sharpness);
            it->info.score += tie_points * sharpness / (sharpness + 100);
        }
    } catch (const Error& error) {
        if (error.code() == ExitCode::interrupted) throw;
        run.warn("The sharpness of equal series cannot be compared: {}", error.what());
    }
    std::stable_sort(all.begin(), all.begin() + tied,
                     [](const Series& a, const Series& b) { return a.info.score > b.info.score; });
}

std::vector<Series> ranked_series(const fs::path& path, const Run& run) {
    std::vector<Series> all = find_series(path, run);
    for (Series& series : all) score_series(series);
    std::stable_sort(all.begin(), all.end(),
                     [](const Series& a, const Series& b) { return a.info.score > b.info.score; });
    settle_ties(all, run);
    return all;
}

void check_patients(const std::vector<Series>& all, const fs::path& path) {
    std::set<std::string> patients;
    for (const Series& series : all)
        if (series.info.score > 0)
            patients.insert(series.first().text(tag::patient_id) + "/" +
                            series.first().text(tag::patient_name));
    if (patients.size() > 1)
        throw Error(
            ExitCode::input_ambiguous,
            "{} holds CT series of {} patients: give the folder of one patient, or choose with --series: {}.",
            path.string(), patients.size(), describe_all(all));
}

// Derived images are left by default, but the user may take them.
bool is_derived(const Series& series) { return series.info.reason.starts_with("not used: it is derived"); }

Series& choose(std::vector<Series>& all, const ReadVolumeOptions& options, const fs::path& path) {
    if (!options.series_uid.empty()) {
        const auto found = std::find_if(all.begin(), all.end(), [&](const Series& series) {
            return series.info.series_uid == options.series_uid;
        });
        if (found == all.end())
            throw Error(ExitCode::input_ambiguous, "There is no series {} in {}; there are: {}.",
                        options.series_uid, path.string(), describe_all(all));
        if (found->info.score <= 0 && !is_derived(*found))
            throw Error(ExitCode::input_not_ct, "The series {} cannot be used: {}", options.series_uid,
                        describe(*found));
        found->info.reason = "chosen by the user: " + found->info.reason;
        return *found;
    }
    if (all.front().info.score <= 0) {
        // One slice of a real CT series is a broken volume, not another kind of image.
        const bool one_slice = all.front().info.reason == "not used: it has one slice";
        const bool derived = std::any_of(all.begin(), all.end(), is_derived);
        throw Error(one_slice ? ExitCode::input_geometry : ExitCode::input_not_ct,
                    "{} holds no CT series that can be used: {}. Give the original axial CT series{}.",
                    path.string(), describe_all(all), derived ? ", or take a derived one with --series" : "");
    }
    check_patients(all, path);
    Series& best = all.front();
    best.info.reason = all.size() > 1 ? fmt::format("the best of {} series: {}", all.size(), best.info.reason)
                                      : "the only series: " + best.info.reason;
    return best;
}

void check_lossy(const Series& series, const ReadVolumeOptions& options, const Run& run) {
    if (!acquisition_of(series).lossy_compressed) return;
    if (!options.allow_lossy)
        throw Error(
            ExitCode::input_unsupported,
            "The series {} was compressed with loss, which is not allowed here: use the original images.",
            series.info.series_uid);
    run.warn("The series {} was compressed with loss: edges and small calcifications may be altered.",
             series.info.series_uid);
}

}  // namespace

std::vector<SeriesInfo> list(const fs::path& path, const Run& run) {
    std::vector<SeriesInfo> out;
    for (Series& series : ranked_series(path, run)) out.push_back(std::move(series.info));
    return out;
}

Volume read(const fs::path& path, const ReadVolumeOptions& options, const Run& run) {
    std::vector<Series> all = ranked_series(path, run);
    const Series& series = choose(all, options, path);
    check_lossy(series, options, run);
    for (const Series& other : all)
        if (&other != &series) run.debug("Series left: {}", describe(other));
    const Stack stack = build_stack(series);
    run.info("Reading series {}", describe(series));
    Volume volume;
    volume.geometry = stack.geometry;
    read_pixels(series, stack, volume.hu, run);
    volume.acquisition = acquisition_of(series);
    volume.patient = patient_of(series, run);
    return volume;
}

}  // namespace ctffr::dicom
