// SPDX-License-Identifier: Apache-2.0
#include "imaging/tree_growth.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "ctffr/core/units.hpp"
#include "imaging/smoothing.hpp"

namespace ctffr::imaging {

namespace {

constexpr double step_mm = 0.25;

class Grower {
   public:
    Grower(const Front& front, const GrowthField& field, const GrowthOptions& options)
        : front_(front), frame_{front.geometry, {}}, field_(field), options_(options) {
        owner_.assign(front.time.size(), -1);
        used_.assign(front.time.size(), 0);
    }

    std::vector<GrownPath> grow(const Run& run) {
        std::vector<std::int32_t> tips;
        for (std::int32_t voxel : front_.order)
            if (field_.evidence[static_cast<std::size_t>(voxel)] >= options_.tip_evidence)
                tips.push_back(voxel);
        std::sort(tips.begin(), tips.end(), [&](std::int32_t a, std::int32_t b) {
            const float la = front_.length_mm[static_cast<std::size_t>(a)];
            const float lb = front_.length_mm[static_cast<std::size_t>(b)];
            return la != lb ? la > lb : a < b;
        });
        for (std::int32_t tip : tips) {
            if (used_[static_cast<std::size_t>(tip)]) continue;
            run.check_cancel();
            GrownPath path = trace(tip);
            const std::vector<Vec3> whole = path.line;
            if (shape(path)) {
                claim(path.line, static_cast<int>(paths_.size()));
                paths_.push_back(std::move(path));
            }
            cover(whole);
        }
        return std::move(paths_);
    }

   private:
    // From the tip back to an accepted path or a seed, turned round.
    GrownPath trace(std::int32_t tip) const {
        GrownPath path;
        auto line =
            trace_back(front_, frame_.position(tip), [&](Index v) { return owner_[as_size(v)] >= 0; });
        const Index end = frame_.voxel_at(line.back());
        path.parent = end >= 0 ? owner_[as_size(end)] : -1;
        if (path.parent >= 0) {
            const auto& parent = paths_[as_size(path.parent)].line;
            line.push_back(*std::min_element(parent.begin(), parent.end(), [&](Vec3 a, Vec3 b) {
                return distance(a, line.back()) < distance(b, line.back());
            }));
        }
        std::reverse(line.begin(), line.end());
        path.line = resampled(line, step_mm);
        return path;
    }

    float value_near(const std::vector<float>& field, Vec3 p) const {
        const Index voxel = frame_.voxel_at(p);
        if (voxel < 0) return 0;
        const Int3 n = front_.geometry.size;
        const Index x = voxel % n.x, y = voxel / n.x % n.y, z = voxel / (Index{n.x} * n.y);
        float best = 0;
        for (Index dz = -1; dz <= 1; ++dz)
            for (Index dy = -1; dy <= 1; ++dy)
                for (Index dx = -1; dx <= 1; ++dx) {
                    const Index a = x + dx, b = y + dy, c = z + dz;
                    if (a < 0 || b < 0 || c < 0 || a >= n.x || b >= n.y || c >= n.z) continue;
                    best = std::max(best, field[as_size(a + n.x * (b + Index{n.y} * c))]);
                }
        return best;
    }

    double parent_radius(const GrownPath& path) const {
        if (path.parent < 0) return 0;
        return value_near(field_.radius_mm, path.line.front());
    }

    // Mean direction over `reach` points before or after index i.
    static Vec3 heading(const std::vector<Vec3>& line, std::size_t from, std::size_t to) {
        return normalized(line[to] - line[from]);
    }

    double median_radius(const std::vector<double>& radius, std::size_t from, std::size_t to) const {
        std::vector<double> some;
        for (std::size_t i = from; i < to; ++i)
            if (radius[i] > 0) some.push_back(radius[i]);
        return median_of(some);
    }

    // A gap may be crossed when the vessel goes on beyond it in its direction and with its size.
    bool gap_is_plausible(const std::vector<Vec3>& line, const std::vector<double>& radius, std::size_t first,
                          std::size_t last, double max_turn_deg) const {
        const auto reach = static_cast<std::size_t>(4.0 / step_mm);
        const std::size_t before = first > reach ? first - reach : 0;
        const std::size_t after = std::min(line.size() - 1, last + reach);
        if (first == before || last == after) return false;
        const double limit = std::cos(max_turn_deg * pi / 180);
        if (dot(heading(line, before, first), heading(line, last, after)) < limit) return false;
        const double a = median_radius(radius, before, first), b = median_radius(radius, last, after);
        const double ratio = a > 0 && b > 0 ? std::max(a, b) / std::min(a, b) : 1;
        return ratio <= options_.max_gap_radius_ratio;
    }

    // HU of the blood at a point of a vessel of this radius, corrected for what blur takes from the peak of a
    // thin vessel: a disc keeps 1 - exp(-r^2 / (2 sigma^2)) of its contrast.
    double blood_at(Vec3 p, double radius_mm) const {
        // value_near() takes the widest section of a neighbourhood: about a quarter too wide in thin vessels.
        const double r = 0.8 * radius_mm / field_.blur_sigma_mm;
        const double kept = 1 - std::exp(-0.5 * r * r);
        return value_near(field_.hu, p) / std::max(0.3, kept);
    }

    // Blood of the parent around the place where the path leaves it: the upper quartile over 30 mm to both
    // sides, because blur dims it in lesions.
    double parent_blood(const GrownPath& path) const {
        std::vector<double> values;
        for (Vec3 p : paths_[as_size(path.parent)].line) {
            if (distance(p, path.line.front()) > 30) continue;
            values.push_back(std::min(blood_at(p, value_near(field_.radius_mm, p)), field_.blood_hu));
        }
        return quantile_of(values, 0.75);
    }

    // Width of the parent around the place where the path leaves it. A lesion there must not make the branch
    // look wide, so 30 mm to both sides count.
    double parent_width(const GrownPath& path) const {
        std::vector<double> radii;
        for (Vec3 p : paths_[as_size(path.parent)].line)
            if (distance(p, path.line.front()) < 30) radii.push_back(value_near(field_.radius_mm, p));
        return quantile_of(radii, 0.95);
    }

    // What is seen over a few mm of a path: points that can be judged, their blood and radius.
    struct Stretch {
        std::size_t samples = 0;
        double blood_hu = 0, radius_mm = 0;
    };

    // Index up to which the path holds the same blood and does not widen. Arteries fade by a few HU per cm;
    // where veins or chambers begin the blood changes at once. Calcium is brighter and does not count as
    // blood.
    std::size_t same_blood_until(const GrownPath& path, const std::vector<double>& radius,
                                 const std::vector<double>& evidence, std::size_t start) const {
        const auto& line = path.line;
        if (field_.hu.empty()) return line.size();
        constexpr double ahead_mm = 5, memory_mm = 15,
                         thin_mm = 0.8;  // thinner vessels are too blurred to judge
        const auto ahead = static_cast<std::size_t>(ahead_mm / step_mm);
        double blood = field_.blood_hu, widest = 0;
        if (path.parent >= 0) {
            widest = parent_width(path);
            blood = parent_blood(path);
        } else {  // the sections next to the aorta are not reliable
            const auto some = std::min(line.size(), static_cast<std::size_t>(20 / step_mm));
            widest = quantile_of({radius.begin(), radius.begin() + static_cast<std::ptrdiff_t>(some)}, 0.9);
        }
        const auto look = [&](std::size_t from, std::size_t to) {
            std::vector<double> hu, r;
            for (std::size_t j = from; j < std::min(line.size(), to); ++j) {
                if (evidence[j] < options_.weak_evidence || radius[j] < thin_mm) continue;
                hu.push_back(std::min(blood_at(line[j], radius[j]), field_.blood_hu));
                r.push_back(radius[j]);
            }
            return Stretch{hu.size(), median_of(hu), quantile_of(r, 0.3)};
        };
        const auto widens = [&](const Stretch& s) {
            return widest > 0 && s.radius_mm > options_.max_widening * widest + 0.3;
        };
        const auto other = [&](const Stretch& s) {
            return s.blood_hu < (1 - options_.max_blood_drop) * blood ||
                   s.blood_hu > (1 + options_.max_blood_rise) * blood || widens(s);
        };
        for (std::size_t i = start; i < line.size(); ++i) {
            const Stretch near = look(i, i + ahead);
            if (near.samples < ahead / 2) continue;
            if (other(near)) {
                // A lesion dims the blood for a while; another vessel keeps its blood. Where nothing beyond
                // is wide enough to be judged, only a widening speaks for another vessel.
                const Stretch far = look(i + ahead, i + 4 * ahead);
                if (far.samples < ahead / 2 ? widens(near) : other(far)) return i;
                continue;
            }
            blood += (std::min(near.blood_hu, blood) - blood) * step_mm / memory_mm;
            widest = std::max(widest, near.radius_mm);
        }
        return line.size();
    }

    // A weak stretch [from, to) of a path: its length, and how much of it not even the image shows.
    struct WeakStretch {
        std::size_t from = 0, to = 0;
        double length_mm = 0, blind_mm = 0;
    };

    // A tight lesion, or one full of calcium, can be plain to see in the image and missed by the heart
    // network. Such a stretch may be longer than a gap when the network sees the vessel again beyond it; a
    // vein it sees nowhere.
    bool seen_again(const std::vector<double>& evidence, const WeakStretch& weak, std::size_t end) const {
        return weak.length_mm <= options_.max_unseen_mm && goes_on(evidence, weak, end);
    }

    // True when enough of a vessel is seen beyond the stretch.
    bool goes_on(const std::vector<double>& evidence, const WeakStretch& weak, std::size_t end) const {
        std::size_t seen = 0;
        for (std::size_t i = weak.to; i < end; ++i) seen += evidence[i] >= options_.weak_evidence;
        constexpr double least_mm = 5;
        return static_cast<double>(seen) * step_mm > std::max(least_mm, 0.5 * weak.length_mm);
    }

    bool in_crossing(Vec3 p) const {
        const Index voxel = field_.crossing ? frame_.voxel_at(p) : -1;
        return voxel >= 0 && (*field_.crossing)[as_size(voxel)];
    }

    // The end of a stretch across a crossing towards a piece that the heart network sees: what little shows
    // of the artery within it tells neither direction nor calibre, so all of it is judged as one gap. `from`
    // when no crossing begins there, or the vessel beyond is not the one before.
    std::size_t across(const std::vector<Vec3>& line, const std::vector<double>& evidence,
                       const std::vector<double>& radius, std::size_t from, std::size_t end) const {
        std::size_t to = from;
        for (std::size_t i = from; i < end && in_crossing(line[i]); ++i)
            if (evidence[i] < options_.weak_evidence) to = i + 1;
        const WeakStretch whole{from, to, static_cast<double>(to - from) * step_mm, 0};
        const bool may = to > from && whole.length_mm <= options_.max_crossing_mm &&
                         goes_on(evidence, whole, end) &&
                         gap_is_plausible(line, radius, from, to, options_.max_crossing_turn_deg);
        return may ? to : from;
    }

    bool may_cross(const GrownPath& path, const std::vector<double>& evidence,
                   const std::vector<double>& radius, const WeakStretch& weak, std::size_t start,
                   std::size_t end) const {
        const bool seen = weak.blind_mm < weak.length_mm && seen_again(evidence, weak, end);
        const double gap_mm = seen ? weak.blind_mm : weak.length_mm;
        if (weak.from == start) return gap_mm <= options_.max_start_gap_mm;
        if (gap_mm <= 1.0) return true;
        return gap_mm <= options_.max_gap_mm && weak.to < end &&
               gap_is_plausible(path.line, radius, weak.from, weak.to, options_.max_gap_turn_deg);
    }

    // Cuts the path at gaps that may not be crossed and at a thin tip; false when too little is left.
    bool shape(GrownPath& path) const {
        auto& line = path.line;
        const double inside_parent = parent_radius(path);
        std::vector<double> evidence(line.size()), in_image(line.size()), radius(line.size());
        for (std::size_t i = 0; i < line.size(); ++i) {
            evidence[i] = value_near(field_.evidence, line[i]);
            in_image[i] = value_near(field_.in_image, line[i]);
            radius[i] = value_near(field_.radius_mm, line[i]);
        }
        const auto start = std::min(line.size(), static_cast<std::size_t>((inside_parent + 0.5) / step_mm));
        std::size_t end = same_blood_until(path, radius, evidence, start);
        double blind_mm = 0, unseen_mm = 0;
        for (std::size_t i = start; i < end;) {
            if (evidence[i] >= options_.weak_evidence) {
                ++i;
                continue;
            }
            // What lies beyond a crossing speaks for it, so it does not count as blind.
            if (const std::size_t to = across(line, evidence, radius, i, end); to > i) {
                i = to;
                continue;
            }
            WeakStretch weak{i, i, 0, 0};
            for (; weak.to < end && evidence[weak.to] < options_.weak_evidence; ++weak.to) {
                weak.length_mm += step_mm;
                if (in_image[weak.to] < options_.weak_evidence) weak.blind_mm += step_mm;
            }
            if (!may_cross(path, evidence, radius, weak, start, end)) {
                end = i;
                break;
            }
            blind_mm += weak.blind_mm, unseen_mm += weak.length_mm;
            i = weak.to;
        }
        while (end > start && radius[end - 1] < options_.min_radius_mm) --end;
        if (end <= start) return false;
        const double length_mm = static_cast<double>(end - start) * step_mm;
        if (length_mm < std::max(options_.min_branch_mm, 1.5 * inside_parent)) return false;
        if (blind_mm > options_.max_weak_fraction * length_mm ||
            unseen_mm > options_.max_unseen_fraction * length_mm)
            return false;
        double sum = 0;
        for (std::size_t i = start; i < end; ++i) sum += evidence[i];
        path.evidence = sum / static_cast<double>(end - start);
        line.resize(end);
        return true;
    }

    template <class Visit>
    void ball(Vec3 center, double radius_mm, const Visit& visit) const {
        const ImageGeometry& g = front_.geometry;
        const Vec3 at = g.index_from_lps(center);
        const double r = radius_mm / g.spacing_mm.x;
        const auto low = [&](double v) { return std::max<Index>(0, static_cast<Index>(std::ceil(v - r))); };
        const auto high = [&](double v, int n) {
            return std::min<Index>(n - 1, static_cast<Index>(std::floor(v + r)));
        };
        for (Index k = low(at.z); k <= high(at.z, g.size.z); ++k)
            for (Index j = low(at.y); j <= high(at.y, g.size.y); ++j)
                for (Index i = low(at.x); i <= high(at.x, g.size.x); ++i) {
                    const Vec3 d{static_cast<double>(i) - at.x, static_cast<double>(j) - at.y,
                                 static_cast<double>(k) - at.z};
                    if (dot(d, d) <= r * r) visit(i + g.size.x * (j + Index{g.size.y} * k));
                }
    }

    void claim(const std::vector<Vec3>& line, int id) {
        for (Vec3 p : line)
            ball(p, 0.75 * front_.geometry.spacing_mm.x, [&](Index v) {
                if (owner_[as_size(v)] < 0) owner_[as_size(v)] = id;
            });
    }

    void cover(const std::vector<Vec3>& line) {
        for (Vec3 p : line)
            ball(p, 1.2 * value_near(field_.radius_mm, p) + 1.0, [&](Index v) { used_[as_size(v)] = 1; });
    }

    const Front& front_;
    ScalarGrid frame_;
    const GrowthField& field_;
    const GrowthOptions& options_;
    std::vector<GrownPath> paths_;
    std::vector<std::int32_t> owner_;  // path that claims a voxel, or -1
    std::vector<std::uint8_t> used_;   // no tips from here any more
};

}  // namespace

std::vector<GrownPath> grow_paths(const Front& front, const GrowthField& field, const GrowthOptions& options,
                                  const Run& run) {
    CTFFR_CHECK_OP(field.evidence.size(), ==, front.time.size());
    CTFFR_CHECK_OP(field.in_image.size(), ==, front.time.size());
    CTFFR_CHECK_OP(field.radius_mm.size(), ==, front.time.size());
    return Grower(front, field, options).grow(run);
}

}  // namespace ctffr::imaging
