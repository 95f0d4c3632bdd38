// SPDX-License-Identifier: Apache-2.0
#include "lumen/mend_course.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "ctffr/core/units.hpp"
#include "lumen/fit_start.hpp"

namespace ctffr::lumen {

namespace {

constexpr std::size_t angles = PolarGrid::angles;

// What the rays of one section say: mean radius, deviation over radius, and the middle of the contour from
// the section's centre (in its frame).
struct View {
    double radius_mm = 0, doubt = 1, u_mm = 0, v_mm = 0;
};

View view_of(const RayEstimate* rays) {
    View view;
    double sum = 0, sd = 0, area = 0, u = 0, v = 0;
    std::size_t closed = 0;
    for (std::size_t a = 0; a < angles; ++a) {
        if (rays[a].open > 0.5f) continue;
        const double r = rays[a].radius_mm, phi = 2 * pi * static_cast<double>(a) / angles;
        sum += r, sd += static_cast<double>(rays[a].sd_mm), ++closed;
        area += r * r / 2, u += r * r * r / 3 * std::cos(phi), v += r * r * r / 3 * std::sin(phi);
    }
    if (2 * closed < angles || area <= 0) return {0, 0, 0, 0};  // in a joined branch: nothing to mend
    view.radius_mm = sum / static_cast<double>(closed);
    view.doubt = std::clamp(sd / std::max(sum, 1e-6), 0.05, 1.0);
    view.u_mm = u / area, view.v_mm = v / area;
    return view;
}

// HU in the middle of a section.
double middle_hu(const float* hu) {
    constexpr std::size_t steps = 2;  // 0.3 mm
    double sum = 0;
    for (std::size_t a = 0; a < angles; ++a)
        for (std::size_t j = 0; j < steps; ++j) sum += static_cast<double>(hu[a * PolarGrid::steps + j]);
    return sum / static_cast<double>(angles * steps);
}

// A section in the middle of calcium or metal is in full doubt, however sure the network is of what it sees.
std::vector<View> views_of(const ImageWindow& window, const std::vector<FitSection>& sections,
                           const std::vector<RayEstimate>& rays, const std::vector<double>& blood_hu,
                           const Run& run) {
    constexpr double brighter = 1.35;
    const std::vector<float> hu = sample_polar(window, sections, 1, run);
    std::vector<View> views;
    for (std::size_t i = 0; i < sections.size(); ++i) {
        View view = view_of(&rays[i * angles]);
        if (view.radius_mm > 0 && middle_hu(&hu[i * PolarGrid::samples]) > brighter * blood_hu[i])
            view.doubt = 1;
        views.push_back(view);
    }
    return views;
}

// Upper quartile of the radii within reach.
double reference_mm(const FitChain& chain, const std::vector<View>& views, std::size_t i) {
    constexpr double reach_mm = 15;
    std::vector<double> radii;
    for (std::size_t k = 0; k < views.size(); ++k)
        if (std::abs(chain.sections[k].arc_mm - chain.sections[i].arc_mm) < reach_mm)
            radii.push_back(views[k].radius_mm);
    return quantile(std::move(radii), 0.75);
}

// Runs of sections in doubt, near ones joined.
std::vector<MendedStretch> doubtful_stretches(const FitChain& chain, const std::vector<View>& views,
                                              const MendOptions& options) {
    std::vector<MendedStretch> stretches;
    for (std::size_t i = 0; i < views.size(); ++i) {
        if (views[i].doubt < options.doubtful_share ||
            reference_mm(chain, views, i) < options.least_reference_mm)
            continue;
        const double arc = chain.sections[i].arc_mm;
        if (!stretches.empty() && arc - chain.sections[stretches.back().last].arc_mm <= options.join_mm)
            stretches.back().last = i;
        else
            stretches.push_back({i, i});
    }
    std::erase_if(stretches, [&](const MendedStretch& s) {
        return chain.sections[s.last].arc_mm - chain.sections[s.first].arc_mm < options.least_mm;
    });
    return stretches;
}

// 1 within the stretch, falling to 0 over the margin.
double weight_at(double arc_mm, double first_mm, double last_mm, double margin_mm) {
    const double off = std::max({0.0, first_mm - arc_mm, arc_mm - last_mm}) / margin_mm;
    return off >= 1 ? 0 : 0.5 + 0.5 * std::cos(pi * off);
}

// The sections shifted; tangents and frames follow the new course.
std::vector<FitSection> shifted(std::vector<FitSection> sections, const std::vector<double>& weight,
                                double u_mm, double v_mm) {
    for (std::size_t i = 0; i < sections.size(); ++i)
        sections[i].center += weight[i] * (u_mm * sections[i].normal + v_mm * sections[i].binormal);
    std::vector<Vec3> centers;
    for (const FitSection& s : sections) centers.push_back(s.center);
    for (std::size_t i = 0; i < sections.size(); ++i) {
        FitSection& s = sections[i];
        const Vec3 along = centers[std::min(i + 1, centers.size() - 1)] - centers[i == 0 ? 0 : i - 1];
        if (norm(along) < 1e-6) continue;
        s.tangent = normalized(along);
        s.normal = normalized(s.normal - dot(s.normal, s.tangent) * s.tangent);
        s.binormal = cross(s.tangent, s.normal);
    }
    return sections;
}

// One course as the network sees it: doubt and middle of the contour, per section.
struct Course {
    std::vector<double> doubt;
    std::vector<Vec3> middle;
};

Course course_of(const std::vector<FitSection>& sections, const std::vector<View>& views) {
    Course course;
    for (std::size_t i = 0; i < sections.size(); ++i) {
        const FitSection& s = sections[i];
        course.doubt.push_back(views[i].doubt);
        course.middle.push_back(s.center + views[i].u_mm * s.normal + views[i].v_mm * s.binormal);
    }
    return course;
}

// The sequence of courses, one per section, with the least sum of doubt, distance from where the centerline
// was, and bends against it.
std::vector<std::size_t> best_courses(const std::vector<Course>& courses,
                                      const std::vector<FitSection>& sections) {
    constexpr double far_mm = 2, step_mm = 0.25;
    const std::size_t n = sections.size(), m = courses.size();
    const auto own = [&](std::size_t k, std::size_t i) {
        const double off = norm(courses[k].middle[i] - sections[i].center) / far_mm;
        return courses[k].doubt[i] + 0.1 * off * off;
    };
    std::vector<std::vector<double>> cost(n, std::vector<double>(m));
    std::vector<std::vector<std::size_t>> from(n, std::vector<std::size_t>(m, 0));
    for (std::size_t k = 0; k < m; ++k) cost[0][k] = own(k, 0);
    for (std::size_t i = 1; i < n; ++i)
        for (std::size_t k = 0; k < m; ++k) {
            double best = std::numeric_limits<double>::max();
            for (std::size_t l = 0; l < m; ++l) {
                const Vec3 step = (courses[k].middle[i] - sections[i].center) -
                                  (courses[l].middle[i - 1] - sections[i - 1].center);
                const double aside = norm(step) / step_mm, c = cost[i - 1][l] + 0.1 * aside * aside;
                if (c < best) best = c, from[i][k] = l;
            }
            cost[i][k] = best + own(k, i);
        }
    std::vector<std::size_t> path(n);
    path[n - 1] = static_cast<std::size_t>(std::min_element(cost[n - 1].begin(), cost[n - 1].end()) -
                                           cost[n - 1].begin());
    for (std::size_t i = n - 1; i > 0; --i) path[i - 1] = from[i][path[i]];
    return path;
}

}  // namespace

std::vector<MendedStretch> mend_course(FitChain& chain, const std::vector<RayEstimate>& rays,
                                       const ImageWindow& window, const std::vector<double>& blood_hu,
                                       const ScanFacts& scan, const PolarNetwork& network,
                                       const MendOptions& options, const Run& run) {
    std::vector<MendedStretch> mended;
    const std::vector<View> views = views_of(window, chain.sections, rays, blood_hu, run);
    for (const MendedStretch& core : doubtful_stretches(chain, views, options)) {
        const double start = chain.sections[core.first].arc_mm, end = chain.sections[core.last].arc_mm;
        std::size_t low = core.first, high = core.last;
        while (low > 0 && start - chain.sections[low].arc_mm < options.margin_mm) --low;
        while (high + 1 < chain.sections.size() && chain.sections[high].arc_mm - end < options.margin_mm)
            ++high;
        const auto at = [](std::size_t i) { return static_cast<std::ptrdiff_t>(i); };
        const std::vector<FitSection> piece(chain.sections.begin() + at(low),
                                            chain.sections.begin() + at(high + 1));
        const std::vector<double> blood(blood_hu.begin() + at(low), blood_hu.begin() + at(high + 1));
        std::vector<double> weight;
        for (const FitSection& s : piece)
            weight.push_back(weight_at(s.arc_mm, start, end, options.margin_mm));
        std::vector<Course> courses{
            course_of(piece, {views.begin() + at(low), views.begin() + at(high + 1)})};
        const auto doubt_of = [&](const std::vector<std::size_t>& path) {
            double sum = 0;
            for (std::size_t i = core.first - low; i <= core.last - low; ++i)
                sum += courses[path[i]].doubt[i];
            return sum / static_cast<double>(core.last - core.first + 1);
        };
        std::vector<std::size_t> path(piece.size(), 0);
        const double before = doubt_of(path);
        double after = before;
        for (const double shift : options.shifts_mm) {
            const int n = static_cast<int>(std::ceil(2 * pi * shift / options.spacing_mm));
            for (int d = 0; d < n; ++d) {
                const double phi = 2 * pi * d / n;
                const auto moved = shifted(piece, weight, shift * std::cos(phi), shift * std::sin(phi));
                const auto seen = estimate_rays(window, moved, blood, scan, network, run);
                courses.push_back(course_of(moved, views_of(window, moved, seen, blood, run)));
            }
            path = best_courses(courses, piece);
            after = doubt_of(path);
            if (after <= options.clear_gain * before) break;
        }
        run.debug("course in doubt from {:.1f} to {:.1f} mm of a chain: {:.2f}, at best {:.2f}", start, end,
                  before, after);
        if (after > options.gain * before) continue;
        for (std::size_t i = 0; i < path.size(); ++i)
            chain.sections[low + i].center = courses[path[i]].middle[i];
        mended.push_back({low, high});
    }
    return mended;
}

}  // namespace ctffr::lumen
