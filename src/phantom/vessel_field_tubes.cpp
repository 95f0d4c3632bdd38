// SPDX-License-Identifier: Apache-2.0
#include "phantom/vessel_field_tubes.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

namespace ctffr::phantom {

namespace {

constexpr double cell_mm = 1, half_diagonal_mm = 0.8661;
constexpr double margin_mm = 0.6;  // distances are known this far outside the walls
constexpr double blend_share = 0.3;
constexpr double ostium_zone_mm = 8;  // stretch of a root in which its wall can reach into the aorta

double smooth_min(double a, double b, double k) {
    const double h = std::max(k - std::abs(a - b), 0.0);
    return std::min(a, b) - h * h / (4 * k);
}

double reach(const Station& station) {
    return station.outer_mm + std::hypot(station.shift_normal_mm, station.shift_binormal_mm);
}

}  // namespace

TubeField::TubeField(std::vector<ArteryTube> tubes, std::function<bool(Vec3)> in_aorta)
    : tubes_(std::move(tubes)), in_aorta_(std::move(in_aorta)) {
    build_grid();
}

void TubeField::build_grid() {
    Vec3 low{1e9, 1e9, 1e9}, high{-1e9, -1e9, -1e9};
    for (const ArteryTube& tube : tubes_)
        for (const Station& station : tube.stations)
            for (int k = 0; k < 3; ++k) {
                const double far = reach(station) + margin_mm + 3;
                low[k] = std::min(low[k], station.axis.position_lps_mm[k] - far);
                high[k] = std::max(high[k], station.axis.position_lps_mm[k] + far);
            }
    if (tubes_.empty()) return;
    grid_origin_ = low;
    const auto cells_over = [](double length) { return static_cast<int>(length / cell_mm) + 2; };
    grid_size_ = {cells_over(high.x - low.x), cells_over(high.y - low.y), cells_over(high.z - low.z)};
    cell_of_grid_.assign(static_cast<std::size_t>(grid_size_.count()), -1);

    // The nearest station of every tube near every cell. Tubes come in order, so a cell's list is sorted by
    // tube.
    struct Entry {
        Candidate candidate;
        double distance = 0;
    };
    std::vector<std::vector<Entry>> cells;
    for (std::size_t t = 0; t < tubes_.size(); ++t) {
        const ArteryTube& tube = tubes_[t];
        for (std::size_t i = 0; i < tube.stations.size(); ++i) {
            const Station& station = tube.stations[i];
            // A root reaches straight back into the aorta.
            const double back = i == 0 && tube.parent < 0 ? 2.5 : 0;
            const double far = reach(station) + margin_mm + half_diagonal_mm + back;
            const Vec3 at = station.axis.position_lps_mm - grid_origin_;
            const auto low_cell = [&](double x) {
                return std::max(0, static_cast<int>((x - far) / cell_mm - 0.5));
            };
            const auto high_cell = [&](double x, int size) {
                return std::min(size - 1, static_cast<int>((x + far) / cell_mm + 0.5));
            };
            const Int3 first{low_cell(at.x), low_cell(at.y), low_cell(at.z)};
            const Int3 last{high_cell(at.x, grid_size_.x), high_cell(at.y, grid_size_.y),
                            high_cell(at.z, grid_size_.z)};
            for (int z = first.z; z <= last.z; ++z)
                for (int y = first.y; y <= last.y; ++y)
                    for (int x = first.x; x <= last.x; ++x) {
                        const Vec3 center{cell_mm * (x + 0.5), cell_mm * (y + 0.5), cell_mm * (z + 0.5)};
                        const double d = distance(center, at);
                        if (d > far) continue;
                        auto& index = cell_of_grid_[static_cast<std::size_t>(
                            x + std::int64_t{grid_size_.x} * (y + std::int64_t{grid_size_.y} * z))];
                        if (index < 0) {
                            index = static_cast<std::int32_t>(cells.size());
                            cells.emplace_back();
                        }
                        auto& list = cells[static_cast<std::size_t>(index)];
                        const Candidate here{static_cast<std::int32_t>(t), static_cast<std::int32_t>(i)};
                        if (list.empty() || list.back().candidate.tube != here.tube) {
                            list.push_back({here, d});
                        } else if (d < list.back().distance) {
                            list.back() = {here, d};
                        }
                    }
        }
    }
    cell_start_.assign(1, 0);
    for (const auto& list : cells) {
        for (const Entry& entry : list) candidates_.push_back(entry.candidate);
        cell_start_.push_back(static_cast<std::int32_t>(candidates_.size()));
    }
}

TubeField::Found TubeField::candidates(Vec3 p) const {
    const Vec3 q = p - grid_origin_;
    if (!(q.x >= 0 && q.y >= 0 && q.z >= 0)) return {};
    const auto x = static_cast<std::int64_t>(q.x / cell_mm), y = static_cast<std::int64_t>(q.y / cell_mm),
               z = static_cast<std::int64_t>(q.z / cell_mm);
    if (x >= grid_size_.x || y >= grid_size_.y || z >= grid_size_.z) return {};
    const std::int32_t cell =
        cell_of_grid_[static_cast<std::size_t>(x + grid_size_.x * (y + grid_size_.y * z))];
    if (cell < 0) return {};
    const auto c = static_cast<std::size_t>(cell);
    return {candidates_.data() + cell_start_[c], candidates_.data() + cell_start_[c + 1]};
}

bool TubeField::sample(Vec3 p, Sample& out) const {
    out = Sample{};
    const Found found = candidates(p);
    double nearest = 1e9, smaller_radius = 1e9;
    WallTissue tissue;
    bool near_ostium = false;
    for (const Candidate* c = found.first; c != found.last; ++c) {
        const ArteryTube& tube = tubes_[static_cast<std::size_t>(c->tube)];
        const ArteryPoint at = locate(tube, p, static_cast<std::size_t>(c->station));
        const Station& station = tube.stations[at.station];
        smaller_radius = std::min(smaller_radius, station.lumen_mm);
        if (c == found.first) {
            out.lumen_mm = at.lumen_mm, out.wall_mm = at.wall_mm;
        } else {
            const double k = blend_share * smaller_radius;
            out.lumen_mm = smooth_min(out.lumen_mm, at.lumen_mm, k);
            out.wall_mm = smooth_min(out.wall_mm, at.wall_mm, k);
        }
        if (at.lumen_mm < nearest) {
            nearest = at.lumen_mm;
            out.hu = station.blood_hu;
            out.label = tube.side == Side::left ? Label::coronary_left : Label::coronary_right;
        }
        // Of several walls at one point the diseased one shows.
        if (at.wall_mm < 0 && at.lumen_mm > 0 && tissue.label == Label::background)
            tissue = wall_tissue(tube, at);
        near_ostium = near_ostium || (tube.parent < 0 && at.arc_mm < ostium_zone_mm);
    }
    if (out.lumen_mm <= 0) return true;
    if (out.wall_mm > 0) return false;
    if (near_ostium && in_aorta_ && in_aorta_(p)) return false;
    out.hu = tissue.hu == 0 ? healthy_wall_hu : tissue.hu;
    out.label = tissue.label;
    return true;
}

std::vector<VesselField::Ball> TubeField::cover() const {
    std::vector<Ball> balls;
    for (const ArteryTube& tube : tubes_)
        for (std::size_t i = 0; i < tube.stations.size(); i += 4) {
            double radius = 0;
            for (std::size_t j = i < 2 ? 0 : i - 2; j < std::min(tube.stations.size(), i + 4); ++j)
                radius = std::max(radius, reach(tube.stations[j]));
            // Half the spacing along the vessel, the fillet at bifurcations, and the end inside the aorta.
            const double extra = i == 0 && tube.parent < 0 ? 2 : 0;
            balls.push_back({tube.stations[i].axis.position_lps_mm, std::hypot(radius + 0.2, 0.9) + extra});
        }
    return balls;
}

double TubeField::other_lumen_mm(Vec3 p, int tube) const {
    double nearest = 1e9;
    const Found found = candidates(p);
    for (const Candidate* c = found.first; c != found.last; ++c)
        if (c->tube != tube)
            nearest = std::min(nearest, locate(tubes_[static_cast<std::size_t>(c->tube)], p,
                                               static_cast<std::size_t>(c->station))
                                            .lumen_mm);
    return nearest;
}

}  // namespace ctffr::phantom
