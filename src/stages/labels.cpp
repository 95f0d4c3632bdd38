// SPDX-License-Identifier: Apache-2.0
#include "ctffr/stages/labels.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>
#include <map>
#include <sstream>

#include <fmt/format.h>

#include "ctffr/core/error.hpp"

namespace ctffr {

namespace {

constexpr double nearby_mm = 5;

std::string trimmed(const std::string& text) {
    const auto first = text.find_first_not_of(" \t\n\r"), last = text.find_last_not_of(" \t\n\r");
    return first == std::string::npos ? std::string() : text.substr(first, last - first + 1);
}

std::vector<std::string> parts_of(const std::string& text, char separator) {
    std::vector<std::string> parts;
    std::istringstream rest(text);
    for (std::string part; std::getline(rest, part, separator);) parts.push_back(trimmed(part));
    return parts;
}

template <class Number>
std::optional<Number> number_of(const std::string& text) {
    Number value{};
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
    return value;
}

std::string all_segment_names() {
    std::string names;
    for (int s = 0; s <= 18; ++s)
        names += fmt::format("{}{}", s == 0 ? "" : ", ", segment_name(static_cast<Segment>(s)));
    return names;
}

std::optional<std::variant<int, Vec3>> place_of(const std::string& text) {
    if (const auto branch = number_of<int>(text); branch && *branch >= 0) return *branch;
    const auto parts = parts_of(text, ',');
    if (parts.size() != 3) return std::nullopt;
    double xyz[3];
    for (std::size_t i = 0; i < 3; ++i) {
        const auto value = number_of<double>(parts[i]);
        if (!value || !std::isfinite(*value)) return std::nullopt;
        xyz[i] = *value;
    }
    return Vec3{xyz[0], xyz[1], xyz[2]};
}

GivenLabel parse_label(const std::string& text) {
    const auto equals = text.find('=');
    const auto place = place_of(trimmed(text.substr(0, equals)));
    if (equals == std::string::npos || !place)
        throw Error(
            ExitCode::usage,
            "--labels-segments holds '{}'; each entry is BRANCH=SEGMENT, with the number of a branch in "
            "result.json, or X,Y,Z=SEGMENT, with a point in LPS mm; entries are separated by ';'.",
            text);
    const std::string name = trimmed(text.substr(equals + 1));
    const auto segment = segment_from_name(name);
    if (!segment)
        throw Error(ExitCode::usage, "--labels-segments names the segment '{}'; the names are {}.", name,
                    all_segment_names());
    return {*place, *segment};
}

int nearest_branch(const CoronaryTree& tree, Vec3 p) {
    int best = -1;
    double best_mm = std::numeric_limits<double>::infinity();
    for (const Branch& branch : tree.branches)
        for (const CenterlinePoint& point : branch.points)
            if (const double d = distance(point.position_lps_mm, p); d < best_mm)
                best_mm = d, best = branch.id;
    if (!(best_mm <= nearby_mm))
        throw Error(
            ExitCode::usage,
            "--labels-segments names the point {:.1f},{:.1f},{:.1f} (LPS mm), but the nearest centerline is "
            "{:.1f} mm away: it must be within {:.0f} mm.",
            p.x, p.y, p.z, best_mm, nearby_mm);
    return best;
}

bool starts_right(const CoronaryTree& tree, Segment segment, bool& found) {
    for (const Branch& branch : tree.branches)
        if (branch.segment == segment) {
            found = true;
            const int root = tree.path_to(branch.id).front();
            return tree.branches[static_cast<std::size_t>(root)].side == Side::right;
        }
    return false;
}

void remark_origins(const CoronaryTree& tree, std::vector<std::string>& remarks) {
    struct Origin {
        Segment first;
        const char* name;
        bool usually_right;
    };
    for (const Origin& o :
         {Origin{Segment::p_lad, "left anterior descending", false},
          Origin{Segment::p_cx, "left circumflex", false}, Origin{Segment::p_rca, "right coronary", true}}) {
        bool found = false;
        const bool right = starts_right(tree, o.first, found);
        if (found && right != o.usually_right)
            remarks.push_back(fmt::format(
                "The {} artery seems to arise from the {} side: an anomalous origin, or a mistaken name.",
                o.name, right ? "right" : "left"));
    }
    const auto has = [&](Segment s) {
        return std::any_of(tree.branches.begin(), tree.branches.end(),
                           [&](const Branch& b) { return b.segment == s; });
    };
    if (!has(Segment::lm) && has(Segment::p_lad) && has(Segment::p_cx))
        remarks.push_back("There is no left main: LAD and LCX were found with origins of their own.");
    if (tree.roots().size() == 1 && has(Segment::p_rca) && (has(Segment::p_lad) || has(Segment::p_cx)))
        remarks.push_back(
            "All coronary arteries were found to arise from one ostium: a single coronary artery, or "
            "a path between two that is none.");
}

}  // namespace

GivenLabels parse_labels(const LabelOptions& options) {
    GivenLabels labels;
    for (const std::string& part : parts_of(options.segments, ';'))
        if (!part.empty()) labels.segments.push_back(parse_label(part));
    if (!options.dominance.empty()) {
        labels.dominance = dominance_from_name(options.dominance);
        if (!labels.dominance || labels.dominance == Dominance::unknown)
            throw Error(ExitCode::usage,
                        "--labels-dominance is '{}'; valid values are right, left, balanced.",
                        options.dominance);
    }
    return labels;
}

std::vector<std::string> apply_labels(const GivenLabels& labels, CoronaryTree& tree) {
    std::vector<std::string> remarks;
    for (const GivenLabel& given : labels.segments) {
        const int id = std::holds_alternative<int>(given.where)
                           ? std::get<int>(given.where)
                           : nearest_branch(tree, std::get<Vec3>(given.where));
        if (id >= static_cast<int>(tree.branches.size()))
            throw Error(
                ExitCode::usage,
                "--labels-segments names branch {}, but the tree has the branches 0 to {}: see result.json.",
                id, tree.branches.size() - 1);
        Branch& branch = tree.branches[static_cast<std::size_t>(id)];
        remarks.push_back(fmt::format("Branch {} is {} by the reader; it had been named {}.", id,
                                      segment_name(given.segment), segment_name(branch.segment)));
        branch.segment = given.segment, branch.label_confidence = 1;
    }
    if (labels.dominance) {
        remarks.push_back(fmt::format("Dominance is {} by the reader; it had been found {}.",
                                      dominance_name(*labels.dominance), dominance_name(tree.dominance)));
        tree.dominance = *labels.dominance, tree.dominance_confidence = 1;
    }
    return remarks;
}

std::vector<std::string> remarks_on_labels(const CoronaryTree& tree) {
    std::vector<std::string> remarks;
    remark_origins(tree, remarks);
    // Of a segment in several branches the least sure counts; stretches too short to be read do not.
    constexpr double shortest_mm = 5;
    std::map<Segment, double> least;
    for (const Branch& branch : tree.branches)
        if (branch.segment != Segment::unknown && branch.length_mm() >= shortest_mm)
            least[branch.segment] =
                std::min(branch.label_confidence, least.emplace(branch.segment, 1).first->second);
    for (const auto& [segment, confidence] : least)
        if (confidence < sure_label)
            remarks.push_back(
                fmt::format("The name {} is uncertain (confidence {:.2f}): check it in the image; "
                            "--labels-segments corrects it.",
                            segment_name(segment), confidence));
    if (tree.dominance != Dominance::unknown && tree.dominance_confidence < sure_label)
        remarks.push_back(
            fmt::format("Dominance is taken as {} with little confidence ({:.2f}): check it in the "
                        "image; --labels-dominance corrects it.",
                        dominance_name(tree.dominance), tree.dominance_confidence));
    return remarks;
}

}  // namespace ctffr
