// SPDX-License-Identifier: Apache-2.0
#include "support/flow_cases.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <stdexcept>
#include <utility>

#include <Eigen/Dense>

#include "ctffr/core/error.hpp"
#include "ctffr/parallel/exec.hpp"

namespace ctffr::test {

namespace {

using kernels::FvPatchKind;

std::size_t at(Index i) { return static_cast<std::size_t>(i); }

}  // namespace

ctffr::Run test_run() {
    ctffr::Run run;
    const char* wanted = std::getenv("CTFFR_TEST_DEVICE");
    if (!wanted) return run;
    try {
        run.device = choose_device(wanted);
    } catch (const Error& error) {
        std::printf("skipped: %s\n", error.what());
        std::exit(77);
    }
    return run;
}

FlowCase::FlowCase(FlowMesh made) : mesh(std::move(made)), conditions(mesh.patches.size()) {}

std::size_t FlowCase::patch(const std::string& name) const {
    for (std::size_t q = 0; q < mesh.patches.size(); ++q)
        if (mesh.patches[q].name == name) return q;
    throw std::runtime_error("no patch '" + name + "'");
}

double FlowCase::patch_area(const std::string& name) const {
    const FlowPatch& p = mesh.patches[patch(name)];
    double area = 0;
    for (Index n = 0; n < p.faces; ++n) area += norm(mesh.face_area[at(p.first_face + n)]);
    return area;
}

void FlowCase::velocity(const std::string& name, const std::function<Vec3(Vec3)>& at_point, double flow) {
    const std::size_t q = patch(name);
    const FlowPatch& p = mesh.patches[q];
    double inflow = 0;
    std::vector<Vec3> u;
    for (Index n = 0; n < p.faces; ++n) {
        u.push_back(at_point(mesh.face_centre[at(p.first_face + n)]));
        inflow -= dot(u.back(), mesh.face_area[at(p.first_face + n)]);
    }
    const double scale = flow != 0 ? flow / inflow : 1;
    conditions[q] = {};
    conditions[q].kind = FvPatchKind::velocity;
    for (Vec3 v : u)
        for (int c = 0; c < 3; ++c) conditions[q].velocity.push_back(static_cast<float>(scale * v[c]));
}

void FlowCase::pressure(const std::string& name, double base_pressure, double resistance) {
    FlowCondition& c = conditions[patch(name)];
    c = {};
    c.kind = FvPatchKind::pressure;
    c.base_pressure = base_pressure, c.resistance = resistance;
}

void FlowCase::symmetry(const std::string& name) { conditions[patch(name)].kind = FvPatchKind::symmetry; }

SteadyResult FlowCase::solve() const {
    return solve_steady(mesh, conditions, fluid, options, {}, test_run());
}

std::function<Vec3(Vec3)> parabola(Vec3 centre, Vec3 direction, double radius, double mean_speed) {
    const Vec3 d = normalized(direction);
    return [=](Vec3 x) {
        const Vec3 w = x - centre;
        const Vec3 across = w - dot(w, d) * d;
        return std::max(0.0, 2 * mean_speed * (1 - dot(across, across) / (radius * radius))) * d;
    };
}

LineFit fit_pressure(const FlowMesh& mesh, const std::vector<double>& state, Vec3 origin, Vec3 direction,
                     double from, double to) {
    Eigen::Matrix2d a = Eigen::Matrix2d::Zero();
    Eigen::Vector2d b = Eigen::Vector2d::Zero();
    for (std::size_t i = 0; i < mesh.cell_volume.size(); ++i) {
        const double s = dot(mesh.cell_centre[i] - origin, direction);
        if (s < from || s > to) continue;
        const Eigen::Vector2d row(1, (s - from) / (to - from));
        a += mesh.cell_volume[i] * row * row.transpose();
        b += mesh.cell_volume[i] * state[4 * i + 3] * row;
    }
    const Eigen::Vector2d x = a.ldlt().solve(b);
    return {x[0], x[1] / (to - from)};
}

double slab_pressure(const FlowMesh& mesh, const std::vector<double>& state, Vec3 origin, Vec3 direction,
                     double place, double half_width) {
    double sum = 0, volume = 0;
    for (std::size_t i = 0; i < mesh.cell_volume.size(); ++i) {
        if (std::abs(dot(mesh.cell_centre[i] - origin, direction) - place) > half_width) continue;
        sum += mesh.cell_volume[i] * state[4 * i + 3], volume += mesh.cell_volume[i];
    }
    return sum / volume;
}

Vec3 velocity_at(const FlowMesh& mesh, const std::vector<double>& state, Vec3 point) {
    constexpr std::size_t count = 80;
    std::vector<std::pair<double, std::size_t>> near(mesh.cell_centre.size());
    for (std::size_t i = 0; i < near.size(); ++i) near[i] = {distance(mesh.cell_centre[i], point), i};
    std::partial_sort(near.begin(), near.begin() + count, near.end());
    Eigen::MatrixXd a(count, 10), b(count, 3);
    const double reach = near[count - 1].first;
    for (std::size_t n = 0; n < count; ++n) {
        const std::size_t i = near[n].second;
        const Vec3 d = (1 / reach) * (mesh.cell_centre[i] - point);
        const auto row = static_cast<Eigen::Index>(n);
        const double weight = 1 / (0.1 + dot(d, d));
        a.row(row) << 1, d.x, d.y, d.z, d.x * d.x, d.y * d.y, d.z * d.z, d.x * d.y, d.y * d.z, d.z * d.x;
        b.row(row) << state[4 * i], state[4 * i + 1], state[4 * i + 2];
        a.row(row) *= weight, b.row(row) *= weight;
    }
    // Directions with little spread (a few layers of cells) are left out by the decomposition.
    Eigen::CompleteOrthogonalDecomposition<Eigen::MatrixXd> decomposition;
    decomposition.setThreshold(0.02);
    const Eigen::MatrixXd x = decomposition.compute(a).solve(b);
    return {x(0, 0), x(0, 1), x(0, 2)};
}

double observed_order(double e1, double h1, double e2, double h2) {
    return std::log(std::abs(e1 / e2)) / std::log(h1 / h2);
}

Extrapolated richardson(double coarse, double middle, double fine, double ratio) {
    const double order = std::log(std::abs((coarse - middle) / (middle - fine))) / std::log(ratio);
    return {fine - (middle - fine) / (std::pow(ratio, order) - 1), order};
}

double mean_spacing(const FlowMesh& mesh) {
    double volume = 0;
    for (double v : mesh.cell_volume) volume += v;
    return std::cbrt(volume / static_cast<double>(mesh.cells));
}

}  // namespace ctffr::test
