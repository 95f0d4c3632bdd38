// SPDX-License-Identifier: Apache-2.0
// Some scanners put all cardiac phases of a scan into one series, so that every place has several slices.
#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include <fmt/format.h>

#include "io/dicom_series.hpp"

namespace ctffr::dicom {

namespace {

// Whether two slices of these files lie at one place (to 1/1000 mm).
bool has_duplicates(const std::vector<const ImageFile*>& files) {
    std::set<std::vector<long long>> places;
    for (const ImageFile* file : files)
        for (const FrameFacts& frame : file->frames) {
            std::vector<long long> place;
            for (const double x : frame.position)
                if (std::abs(x) < 1e9) place.push_back(std::llround(1000 * x));
            if (!places.insert(std::move(place)).second) return true;
        }
    return false;
}

// Files by the value of an attribute.
std::map<std::string, std::vector<const ImageFile*>> groups_by(const Series& series, Tag tag) {
    std::map<std::string, std::vector<const ImageFile*>> groups;
    for (const ImageFile& file : series.files) {
        std::string value = file.dataset().text(tag);
        if (const std::optional<double> number = file.dataset().number(tag))
            value = fmt::format("{:g}", *number);
        groups[value].push_back(&file);
    }
    return groups;
}

}  // namespace

std::vector<Series> split_phases(Series series) {
    std::vector<const ImageFile*> all;
    for (const ImageFile& file : series.files) all.push_back(&file);
    std::vector<Series> out;
    if (has_duplicates(all)) {
        for (const Tag tag : {tag::cardiac_phase_pct, tag::trigger_time, tag::acquisition_number}) {
            const auto groups = groups_by(series, tag);
            const bool separates =
                groups.size() > 1 && std::none_of(groups.begin(), groups.end(), [](const auto& group) {
                    return group.second.size() < 2 || has_duplicates(group.second);
                });
            if (!separates) continue;
            for (const auto& [value, files] : groups) {
                Series part;
                part.info = series.info;
                part.info.files.clear();
                for (const ImageFile* file : files) {
                    part.info.files.push_back(file->path);
                    part.files.push_back(*file);
                }
                part.info.slices = part.frames();
                out.push_back(std::move(part));
            }
            return out;
        }
    }
    out.push_back(std::move(series));
    return out;
}

}  // namespace ctffr::dicom
