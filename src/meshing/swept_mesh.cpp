// SPDX-License-Identifier: Apache-2.0
#include "meshing/swept_mesh.hpp"

#include <array>
#include <cmath>

#include "ctffr/core/error.hpp"
#include "ctffr/core/units.hpp"
#include "ctffr/data/mesh_builder.hpp"
#include "meshing/disc_grid.hpp"
#include "meshing/grading.hpp"

namespace ctffr::meshing {

namespace {

using Quad = std::array<std::int32_t, 4>;

// Points of one plane: first those of the disc, then those of the outer ring.
class Section {
   public:
    explicit Section(const SweptTube& tube)
        : tube_(tube),
          disc_(disc_grid(tube.core, tube.ring, tube.ring_expansion, tube.core_corner, tube.core_side)) {
        if (!tube.outer) return;
        outer_steps_ = graded(tube.outer->cells, tube.outer->expansion);
        const int around = 4 * tube.core;
        const auto rim = static_cast<std::int32_t>(disc_.points.size()) - around;
        for (int r = 0; r < tube.outer->cells; ++r)
            for (int a = 0; a < around; ++a) {
                const int b = (a + 1) % around;
                outer_quads_.push_back({rim + r * around + a, rim + (r + 1) * around + a,
                                        rim + (r + 1) * around + b, rim + r * around + b});
            }
    }

    bool has_outer(std::size_t station) const {
        return tube_.outer && static_cast<int>(station) >= tube_.outer->from_station;
    }
    const std::vector<Quad>& inner_quads() const { return disc_.quads; }
    const std::vector<Quad>& outer_quads() const { return outer_quads_; }

    void add_points(double s, const Frame& frame, bool outer, std::vector<Vec3>& points) const {
        const double widened = tube_.keep_area ? std::sqrt(contour_over_polygon(s)) : 1;
        const auto add = [&](double rho, double theta) {
            points.push_back(frame.origin +
                             widened * rho *
                                 (std::cos(theta) * frame.normal + std::sin(theta) * frame.binormal));
        };
        for (const auto& [x, y] : disc_.points) {
            const double theta = std::atan2(y, x);
            add(std::hypot(x, y) * tube_.radius_m(s, theta), theta);
        }
        if (!outer) return;
        const int around = 4 * tube_.core;
        for (std::size_t r = 1; r < outer_steps_.size(); ++r)
            for (int a = 0; a < around; ++a) {
                const double theta = pi * (2.0 * a / around - 0.75);
                const double in = tube_.radius_m(s, theta), out = tube_.outer->radius_m(s, theta);
                add(r + 1 == outer_steps_.size() ? out : in + outer_steps_[r] * (out - in), theta);
            }
    }

   private:
    // Area within the contour over that of the polygon of the wall points.
    double contour_over_polygon(double s) const {
        constexpr int parts = 8;  // of a side of the polygon
        const int around = 4 * tube_.core, n = parts * around;
        std::vector<double> radius;
        for (int i = 0; i < n; ++i) radius.push_back(tube_.radius_m(s, pi * (2.0 * i / n - 0.75)));
        double contour = 0, polygon = 0;
        for (int i = 0; i < n; ++i) contour += pi / n * radius[at(i)] * radius[at(i)];
        for (int i = 0; i < n; i += parts)
            polygon += 0.5 * std::sin(2 * pi / around) * radius[at(i)] * radius[at((i + parts) % n)];
        return contour / polygon;
    }
    static std::size_t at(int i) { return static_cast<std::size_t>(i); }

    const SweptTube& tube_;
    DiscGrid disc_;
    std::vector<double> outer_steps_;
    std::vector<Quad> outer_quads_;
};

}  // namespace

FlowMesh swept_mesh(const SweptTube& tube) {
    CTFFR_CHECK_OP(tube.stations_m.size(), >=, std::size_t{2});
    CTFFR_CHECK(tube.core > 0 && tube.ring > 0);
    const std::vector<Frame> frames =
        tube.frames.empty() ? frames_along(tube.curve, tube.stations_m) : tube.frames;
    CTFFR_CHECK_OP(frames.size(), ==, tube.stations_m.size());
    const Section section(tube);
    const std::size_t layers = frames.size() - 1;
    MeshBuilder builder;
    std::vector<std::int32_t> first;  // point of each plane
    for (std::size_t i = 0; i <= layers; ++i) {
        first.push_back(static_cast<std::int32_t>(builder.points.size()));
        section.add_points(tube.stations_m[i], frames[i], section.has_outer(i), builder.points);
    }
    const auto cells =
        static_cast<Index>(layers * (section.inner_quads().size() + section.outer_quads().size()));
    builder.reserve(0, 6 * cells, 24 * cells);
    const int inlet = builder.add_patch(tube.inlet, FlowPatch::Kind::inlet);
    const int outlet = builder.add_patch(tube.outlet, FlowPatch::Kind::outlet);
    for (std::size_t i = 0; i < layers; ++i) {
        const auto add = [&](const std::vector<Quad>& quads) {
            for (const Quad& quad : quads) {
                std::array<std::int32_t, 8> corners{};
                for (std::size_t k = 0; k < 4; ++k) {
                    corners[k] = first[i] + quad[k];
                    corners[k + 4] = first[i + 1] + quad[k];
                }
                builder.add_cell(MeshBuilder::Shape::hexahedron, corners);
                const std::span<const std::int32_t> all(corners);
                if (i == 0) builder.name_boundary(inlet, all.first(4));
                if (i + 1 == layers) builder.name_boundary(outlet, all.last(4));
            }
        };
        add(section.inner_quads());
        if (section.has_outer(i)) add(section.outer_quads());
    }
    return builder.build();
}

}  // namespace ctffr::meshing
