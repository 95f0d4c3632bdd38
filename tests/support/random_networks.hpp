// SPDX-License-Identifier: Apache-2.0
// Coronary networks drawn at random over the whole range that a user's lumen can have: one vessel, forks and
// trees, with single, serial, ostial and bifurcation stenoses of any severity.
#pragma once

#include <cmath>
#include <cstdint>
#include <vector>

#include "ctffr/core/random.hpp"
#include "ctffr/core/units.hpp"
#include "flow/network.hpp"

namespace ctffr::test {

// Cosine-shaped narrowing with an optional even stretch in its middle; its fraction is `weight` times the
// severity of the network, so that lesions of one network get tighter together.
struct RandomLesion {
    std::size_t branch = 0;
    double middle_mm = 0, slope_mm = 0, plateau_mm = 0, weight = 1;

    double factor(double arc_mm, double severity) const {
        const double beyond = std::abs(arc_mm - middle_mm) - plateau_mm / 2;
        if (beyond >= slope_mm) return 1;
        const double depth = beyond <= 0 ? 1 : 0.5 * (1 + std::cos(pi * beyond / slope_mm));
        return 1 - weight * severity * depth;
    }
};

class RandomNetwork {
   public:
    explicit RandomNetwork(std::uint64_t seed) : random_(seed, 4711) {
        healthy_.aortic_pressure = pa_from_mmhg(random_.uniform(60, 140));
        healthy_.venous_pressure = pa_from_mmhg(random_.uniform(0, 10));
        healthy_.viscosity = random_.uniform(2.5e-3, 5e-3);
        spacing_mm_ = random_.uniform(0.25, 1.0);
        noise_ = random_.chance(0.4) ? random_.uniform(0.0, 0.06) : 0;
        const int generations = random_.integer(0, 3);
        grow(-1, std::exp(random_.uniform(std::log(0.5), std::log(2.5))), generations);
        const int lesions = random_.integer(1, 4);
        for (int i = 0; i < lesions; ++i) add_lesion(i == 0);
        // One of the two coronary systems; no healthy vessel is so thin that blood enters it at over 1.5 m/s.
        const double wanted = m3_s_from_ml_min(std::exp(random_.uniform(std::log(100.0), std::log(1200.0)))) *
                              random_.uniform(0.3, 0.7);
        set_outlets(std::min(wanted, 1.5 * pi * smooth_[0][0] * smooth_[0][0]));
    }

    // 0: healthy; 0.99: the tightest lesion leaves 1 % of the diameter.
    Network at(double severity) const {
        Network network = healthy_;
        for (const RandomLesion& lesion : lesions_) {
            NetworkBranch& branch = network.branches[lesion.branch];
            for (std::size_t i = 0; i < branch.arc.size(); ++i)
                branch.radius[i] *= lesion.factor(branch.arc[i] / m_per_mm, severity);
        }
        return network;
    }

    const std::vector<RandomLesion>& lesions() const { return lesions_; }

   private:
    void grow(int parent, double radius_mm, int generations) {
        const int id = static_cast<int>(healthy_.branches.size());
        NetworkBranch branch;
        branch.parent = parent;
        const double length_mm = random_.uniform(parent < 0 ? 5 : 8, 60);
        const double end_mm = std::max(radius_mm * random_.uniform(0.6, 1.0), 0.15);
        const int n = std::max(static_cast<int>(std::lround(length_mm / spacing_mm_)), 4);
        smooth_.emplace_back();
        for (int i = 0; i <= n; ++i) {
            const double t = static_cast<double>(i) / n;
            branch.arc.push_back(t * length_mm * m_per_mm);
            const double rough = std::exp(noise_ * random_.normal());
            smooth_.back().push_back((radius_mm + t * (end_mm - radius_mm)) * m_per_mm);
            branch.radius.push_back(smooth_.back().back() * rough);
            branch.shape.push_back(1 + 2 * noise_ * random_.uniform());
        }
        branch.leak.assign(branch.arc.size(), 0);
        branch.turn_cosine = parent < 0 ? 1 : random_.uniform(-0.2, 1);
        healthy_.branches.push_back(std::move(branch));
        if (parent >= 0) healthy_.branches[static_cast<std::size_t>(parent)].children.push_back(id);
        if (generations == 0 || end_mm < 0.2) return;
        // Finet's law with exponent 7/3 and an uneven fork; now and then a third child.
        const double ratio = random_.uniform(0.3, 1.0), e = 7.0 / 3;
        const double first = std::max(end_mm / std::pow(1 + std::pow(ratio, e), 1 / e), 0.15);
        grow(id, first, generations - 1);
        grow(id, std::max(ratio * first, 0.15), generations - 1);
        if (random_.chance(0.1)) grow(id, std::max(0.4 * first, 0.15), 0);
    }

    void add_lesion(bool tightest) {
        RandomLesion lesion;
        lesion.branch =
            static_cast<std::size_t>(random_.integer(0, static_cast<int>(healthy_.branches.size()) - 1));
        const double length_mm = healthy_.branches[lesion.branch].arc.back() / m_per_mm;
        lesion.slope_mm = random_.uniform(1, 12);
        lesion.plateau_mm = random_.chance(0.5) ? 0 : random_.uniform(0, 20);
        // At the ostium or behind a fork, before a fork or the end, or anywhere.
        const int where = random_.integer(0, 3);
        lesion.middle_mm = where == 0 ? 0 : where == 1 ? length_mm : random_.uniform(0, length_mm);
        lesion.weight = tightest ? 1 : random_.uniform(0.3, 1);
        lesions_.push_back(lesion);
    }

    void set_outlets(double total_flow) {
        const double driving = healthy_.aortic_pressure - healthy_.venous_pressure;
        const auto weight = [](double radius) { return std::pow(radius, 2.4); };
        const bool leaks = random_.chance(0.5);
        double sum = 0;
        for (std::size_t b = 0; b < smooth_.size(); ++b) {
            const bool leaf = healthy_.branches[b].children.empty();
            if (leaf) sum += weight(healthy_.branches[b].radius.back());
            if (leaks) sum += weight(smooth_[b].front()) - weight(smooth_[b].back());
        }
        for (std::size_t b = 0; b < healthy_.branches.size(); ++b) {
            NetworkBranch& branch = healthy_.branches[b];
            if (branch.children.empty())
                branch.outlet_resistance = 0.9 * driving * sum / (weight(branch.radius.back()) * total_flow);
            if (!leaks) continue;
            for (std::size_t i = 1; i < branch.radius.size(); ++i)
                branch.leak[i] =
                    (weight(smooth_[b][i - 1]) - weight(smooth_[b][i])) / sum * total_flow / driving;
        }
    }

    Random random_;
    Network healthy_;
    std::vector<std::vector<double>> smooth_;  // [branch][point], m, healthy radius without roughness
    std::vector<RandomLesion> lesions_;
    double spacing_mm_ = 0.5, noise_ = 0;
};

}  // namespace ctffr::test
