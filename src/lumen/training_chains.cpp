// SPDX-License-Identifier: Apache-2.0
#include "lumen/training_chains.hpp"

#include <algorithm>
#include <cmath>

#include "ctffr/core/random.hpp"
#include "ctffr/core/units.hpp"

namespace ctffr::lumen {

namespace {

struct Place {
    Vec3 center, normal, binormal;
    double half_width_mm = 0, mean_radius_mm = 0;
};

// Between two sections: cubic for the centre, linear for the rest.
Place place_at(const Chain& chain, double arc_mm) {
    const auto& s = chain.sections;
    const auto after = std::upper_bound(s.begin() + 1, s.end() - 1, arc_mm,
                                        [](double arc, const ChainSection& x) { return arc < x.arc_mm; });
    const auto i = static_cast<std::size_t>(after - s.begin() - 1);
    const ChainSection &a = s[i], &b = s[i + 1];
    const double length = b.arc_mm - a.arc_mm;
    const double t = std::clamp((arc_mm - a.arc_mm) / length, 0.0, 1.0), t2 = t * t, t3 = t2 * t;
    Place place;
    place.center = (2 * t3 - 3 * t2 + 1) * a.center + (3 * t2 - 2 * t3) * b.center +
                   ((t3 - 2 * t2 + t) * length) * chain.center_slope[i] +
                   ((t3 - t2) * length) * chain.center_slope[i + 1];
    place.normal = normalized(lerp(a.normal, b.normal, t));
    place.binormal = normalized(lerp(a.binormal, b.binormal, t));
    place.half_width_mm = a.half_width_mm + t * (b.half_width_mm - a.half_width_mm);
    place.mean_radius_mm = a.mean_radius_mm + t * (b.mean_radius_mm - a.mean_radius_mm);
    return place;
}

// A random function of arc length with unit variance.
class Waves {
   public:
    explicit Waves(Random& random) {
        for (Wave& w : waves_) {
            w.per_mm = 2 * pi / std::exp(random.uniform(std::log(3.0), std::log(20.0)));
            w.phase = random.uniform(0, 2 * pi);
        }
    }
    double at(double arc_mm) const {
        double sum = 0;
        for (const Wave& w : waves_) sum += std::cos(w.per_mm * arc_mm + w.phase);
        return sum * std::sqrt(2.0 / count);
    }

   private:
    static constexpr int count = 6;
    struct Wave {
        double per_mm = 1, phase = 0;
    };
    Wave waves_[count];
};

// A stretch on which the centerline leaves its way to one side.
struct Excursion {
    double arc_mm = 0, half_mm = 4, u_mm = 0, v_mm = 0;
    double share(double at_mm) const {
        const double off = std::abs(at_mm - arc_mm) / half_mm;
        return off < 1 ? 0.5 + 0.5 * std::cos(pi * off) : 0;
    }
};

// Mean radius over the largest within 12 mm.
double narrowing_at(const Chain& chain, double arc_mm) {
    constexpr double reach_mm = 12;
    double largest = 1e-3;
    for (const ChainSection& s : chain.sections)
        if (std::abs(s.arc_mm - arc_mm) < reach_mm) largest = std::max(largest, s.mean_radius_mm);
    return place_at(chain, arc_mm).mean_radius_mm / largest;
}

std::vector<Excursion> draw_excursions(const Chain& chain, const Displacement& displacement, Random& random) {
    constexpr int tries = 3;  // of which the narrowest place counts
    std::vector<Excursion> excursions;
    if (displacement.excursion_every_mm <= 0) return excursions;
    const double length = chain.sections.back().arc_mm;
    double way = -displacement.excursion_every_mm * std::log(random.uniform());
    for (; way < length; way -= displacement.excursion_every_mm * std::log(random.uniform())) {
        Excursion e;
        double narrowest = 2;
        for (int i = 0; i < tries; ++i) {
            const double arc = random.uniform(0, length), narrowing = narrowing_at(chain, arc);
            if (narrowing < narrowest) narrowest = narrowing, e.arc_mm = arc;
        }
        e.half_mm = random.uniform(2, 6);
        const double far = random.uniform(0, displacement.excursion_mm), phi = random.uniform(0, 2 * pi);
        e.u_mm = far * std::cos(phi), e.v_mm = far * std::sin(phi);
        excursions.push_back(e);
    }
    return excursions;
}

std::size_t nearest_section(const FitChain& chain, double arc_mm, double section_mm) {
    return std::min(chain.sections.size() - 1,
                    static_cast<std::size_t>(std::max(0.0, std::round(arc_mm / section_mm))));
}

}  // namespace

std::vector<FitChain> displaced_chains(const LumenField& field, double section_mm,
                                       const Displacement& displacement) {
    std::vector<FitChain> chains;
    Random random(displacement.seed, 0x4A495454u);
    for (const Chain& from : field.chains().chains) {
        const Waves along_normal(random), along_binormal(random);
        const std::vector<Excursion> excursions = draw_excursions(from, displacement, random);
        FitChain chain;
        chain.root = static_cast<int>(chains.size());
        chain.host = from.host;
        if (from.host >= 0) {
            const FitChain& host = chains[static_cast<std::size_t>(from.host)];
            chain.root = host.root;
            chain.host_section = nearest_section(host, from.host_arc_mm, section_mm);
        }
        const double length = from.sections.back().arc_mm;
        const int count = std::max(2, static_cast<int>(length / section_mm) + 1);
        for (int i = 0; i < count; ++i) {
            const double arc = std::min(length, i * section_mm);
            const Place place = place_at(from, arc);
            double u = displacement.shift_mm * along_normal.at(arc),
                   v = displacement.shift_mm * along_binormal.at(arc);
            const double shift = std::hypot(u, v), limit = 0.6 * place.half_width_mm;
            if (shift > limit) u *= limit / shift, v *= limit / shift;
            for (const Excursion& e : excursions) u += e.share(arc) * e.u_mm, v += e.share(arc) * e.v_mm;
            FitSection section;
            section.center = place.center + u * place.normal + v * place.binormal;
            section.fit.value[SectionParameters::contour] = place.mean_radius_mm;
            chain.sections.push_back(section);
        }
        chains.push_back(std::move(chain));
    }
    update_frames(chains);
    return chains;
}

}  // namespace ctffr::lumen
