// SPDX-License-Identifier: Apache-2.0
#include "meshing/curve.hpp"

#include <algorithm>
#include <cmath>
#include <memory>

#include "ctffr/core/error.hpp"

namespace ctffr::meshing {

Curve straight_curve(Vec3 origin, Vec3 direction) {
    const Vec3 t = normalized(direction);
    Curve curve{[=](double s) { return origin + s * t; }, [=](double) { return t; }, {}};
    // Along +z: theta = 0 along +x.
    curve.normal = std::abs(t.x) < 0.9 ? Vec3{1, 0, 0} : Vec3{0, 1, 0};
    return curve;
}

Curve bend_curve(double inlet_m, double bend_radius_m, double angle) {
    const double bend_m = bend_radius_m * angle;
    const auto turned = [=](double s) { return std::clamp((s - inlet_m) / bend_m, 0.0, 1.0) * angle; };
    const auto tangent = [=](double s) { return Vec3{std::sin(turned(s)), 0, std::cos(turned(s))}; };
    const auto position = [=](double s) {
        const double a = turned(s);
        const Vec3 p{bend_radius_m * (1 - std::cos(a)), 0, bend_radius_m * std::sin(a)};
        const double beyond = s < inlet_m ? s - inlet_m : std::max(0.0, s - inlet_m - bend_m);
        return p + beyond * tangent(s);
    };
    return {position, tangent, {1, 0, 0}};
}

Curve polyline_curve(const std::vector<Vec3>& points) {
    CTFFR_CHECK_OP(points.size(), >=, std::size_t{2});
    struct Spline {
        std::vector<Vec3> p, slope;
        std::vector<double> s;
        std::size_t piece(double at) const {
            const auto k = std::upper_bound(s.begin(), s.end(), at) - s.begin();
            return static_cast<std::size_t>(std::clamp<std::ptrdiff_t>(k, 1, std::ssize(s) - 1)) - 1;
        }
    };
    auto spline = std::make_shared<Spline>();
    spline->p = points;
    spline->s.push_back(0);
    for (std::size_t i = 1; i < points.size(); ++i)
        spline->s.push_back(spline->s.back() + distance(points[i], points[i - 1]));
    const std::size_t last = points.size() - 1;
    for (std::size_t i = 0; i <= last; ++i) {
        const std::size_t a = i > 0 ? i - 1 : 0, b = std::min(i + 1, last);
        spline->slope.push_back((points[b] - points[a]) / (spline->s[b] - spline->s[a]));
    }
    const auto position = [spline](double s) {
        const std::size_t k = spline->piece(s);
        const double h = spline->s[k + 1] - spline->s[k], t = (s - spline->s[k]) / h;
        return (1 + 2 * t) * (1 - t) * (1 - t) * spline->p[k] + t * t * (3 - 2 * t) * spline->p[k + 1] +
               h * t * (1 - t) * (1 - t) * spline->slope[k] - h * t * t * (1 - t) * spline->slope[k + 1];
    };
    const auto tangent = [spline](double s) {
        const std::size_t k = spline->piece(s);
        const double h = spline->s[k + 1] - spline->s[k], t = (s - spline->s[k]) / h;
        return normalized(6 * t * (1 - t) / h * (spline->p[k + 1] - spline->p[k]) +
                          (1 - t) * (1 - 3 * t) * spline->slope[k] - t * (2 - 3 * t) * spline->slope[k + 1]);
    };
    return {position, tangent, any_normal(tangent(0))};
}

std::vector<Frame> frames_along(const Curve& curve, const std::vector<double>& stations_m) {
    std::vector<Frame> frames;
    for (double s : stations_m) {
        Frame frame{curve.position(s), {}, {}, curve.tangent(s)};
        Vec3 normal = curve.normal;
        if (!frames.empty()) {
            const Frame& before = frames.back();
            const Vec3 chord = frame.origin - before.origin;
            const double c = dot(chord, chord);
            const auto reflected = [](Vec3 v, Vec3 mirror, double square) {
                return square > 0 ? v - 2 / square * dot(mirror, v) * mirror : v;
            };
            const Vec3 tangent = reflected(before.tangent, chord, c);
            const Vec3 second = frame.tangent - tangent;
            normal = reflected(reflected(before.normal, chord, c), second, dot(second, second));
        }
        frame.normal = normalized(normal - dot(normal, frame.tangent) * frame.tangent);
        frame.binormal = cross(frame.tangent, frame.normal);
        frames.push_back(frame);
    }
    return frames;
}

}  // namespace ctffr::meshing
