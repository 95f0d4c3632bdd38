// SPDX-License-Identifier: Apache-2.0
#include "lumen/ray_fit.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include <Eigen/Eigenvalues>

#include "ctffr/core/error.hpp"
#include "ctffr/parallel/parallel.hpp"
#include "lumen/banded.hpp"

namespace ctffr::lumen {

namespace {

using P = SectionParameters;
constexpr std::size_t terms = P::contour_terms, angles = PolarGrid::angles;
constexpr double open_limit = 0.5, flag_limit = 0.5;
constexpr std::size_t flag_rays = 3;
constexpr double stent_mm = 2;  // a section lies in a stent when most rays within this say so

std::array<double, terms> basis_at(double phi) {
    std::array<double, terms> basis{1};
    for (std::size_t m = 1; 2 * m < terms; ++m) {
        basis[2 * m - 1] = std::cos(static_cast<double>(m) * phi);
        basis[2 * m] = std::sin(static_cast<double>(m) * phi);
    }
    return basis;
}

using Block = std::array<std::array<double, terms>, terms>;

// Normal equations of one section's rays.
struct SectionSystem {
    Block h{};
    std::array<double, terms> b{};
    double share = 0;  // of the rays that are not open
};

SectionSystem system_of(const RayEstimate* rays, double rays_per_sight) {
    SectionSystem system;
    for (std::size_t a = 0; a < angles; ++a) {
        const RayEstimate& ray = rays[a];
        if (static_cast<double>(ray.open) > open_limit) continue;
        const auto basis = basis_at(RayGrid::phi(static_cast<int>(a)));
        const double sd = std::max(0.01, static_cast<double>(ray.sd_mm));
        const double weight = (1 - static_cast<double>(ray.open)) / (sd * sd * rays_per_sight);
        for (std::size_t i = 0; i < terms; ++i) {
            system.b[i] += weight * basis[i] * static_cast<double>(ray.radius_mm);
            for (std::size_t j = 0; j < terms; ++j) system.h[i][j] += weight * basis[i] * basis[j];
        }
        system.share += 1.0 / angles;
    }
    return system;
}

class Smoothness {
   public:
    Smoothness(const FitChain& chain, BandedMatrix& matrix) : chain_(chain), matrix_(matrix) {}

    void slope(std::size_t i, std::size_t k, double sd) {
        add(k, {i, i + 1, i}, {-1, 1, 0}, 2, sd * spacing(i) / 0.5);
    }
    // Second difference on uneven spacing, scaled to 0.5 mm steps.
    void bend(std::size_t i, std::size_t k, double sd) {
        const double h0 = spacing(i - 1), h1 = spacing(i), scale = 0.25 * 2 / (h0 + h1);
        add(k, {i - 1, i, i + 1}, {scale / h0, -scale / h0 - scale / h1, scale / h1}, 3,
            sd * std::sqrt(0.5 / (0.5 * (h0 + h1))));
    }

   private:
    double spacing(std::size_t i) const {
        return std::max(0.02, chain_.sections[i + 1].arc_mm - chain_.sections[i].arc_mm);
    }
    void add(std::size_t k, const std::array<std::size_t, 3>& where, const std::array<double, 3>& c,
             std::size_t count, double sd) {
        for (std::size_t a = 0; a < count; ++a)
            for (std::size_t b = 0; b <= a; ++b)
                matrix_.add(where[a] * terms + k, where[b] * terms + k, c[a] * c[b] / (sd * sd));
    }

    const FitChain& chain_;
    BandedMatrix& matrix_;
};

BandedMatrix normal_matrix(const FitChain& chain, const std::vector<SectionSystem>& systems,
                           const FitPriors& p) {
    const std::size_t n = chain.sections.size();
    BandedMatrix matrix(n * terms, 3 * terms - 1);
    Smoothness smoothness(chain, matrix);
    for (std::size_t i = 0; i < n; ++i) {
        for (std::size_t k = 0; k < terms; ++k)
            for (std::size_t l = 0; l <= k; ++l) matrix.add(i * terms + k, i * terms + l, systems[i].h[k][l]);
        const double r = std::max(0.3, chain.sections[i].fit.value[P::contour]);
        const double sd[terms] = {1e3,
                                  p.shift_sd_mm,
                                  p.shift_sd_mm,
                                  p.ellipse_share * r,
                                  p.ellipse_share * r,
                                  p.third_share * r + 0.02,
                                  p.third_share * r + 0.02};
        for (std::size_t k = 0; k < terms; ++k) matrix.add(i * terms + k, i * terms + k, 1 / (sd[k] * sd[k]));
        if (i + 1 == n) break;
        const bool blind = std::min(systems[i].share, systems[i + 1].share) < 0.4;
        smoothness.slope(i, 0, blind ? p.blind_slope_mm : p.radius_slope_mm);
        if (i == 0) continue;
        for (std::size_t k = 0; k < terms; ++k)
            smoothness.bend(i, k, k == 0 ? p.radius_bend_mm : p.shape_bend_mm);
    }
    return matrix;
}

using Matrix = Eigen::Matrix<double, static_cast<int>(terms), static_cast<int>(terms)>;

// Square root of a section's data matrix.
Matrix root_of(const Block& h) {
    Matrix m;
    for (std::size_t i = 0; i < terms; ++i)
        for (std::size_t j = 0; j < terms; ++j) m(static_cast<int>(i), static_cast<int>(j)) = h[i][j];
    const Eigen::SelfAdjointEigenSolver<Matrix> eigen(m);
    return eigen.eigenvectors() * eigen.eigenvalues().cwiseMax(0.0).cwiseSqrt().asDiagonal() *
           eigen.eigenvectors().transpose();
}

// How the rays' errors move the contour: the fit answers the errors of section j with h^-1 d_j, h the whole
// normal matrix and d_j the data part. Errors of sections k apart have the correlation q^k, whose sum over
// both ways is `sections_alike`, so smoothing along the vessel averages less away than it would of
// independent errors.
void fill_covariance(FitChain& chain, const BandedMatrix& factor, const std::vector<SectionSystem>& systems,
                     double sections_alike, const Run& run) {
    const std::size_t n = chain.sections.size();
    constexpr std::size_t reach = 24;  // sections farther away answer with nothing
    const double q = std::max(0.0, (sections_alike - 1) / (sections_alike + 1));
    std::vector<Matrix> root;
    for (const SectionSystem& system : systems) root.push_back(root_of(system.h));
    parallel_for(Cpu{run.profiler}, "ray fit covariance", static_cast<Index>(n), [&](Index index) {
        const auto i = static_cast<std::size_t>(index);
        std::vector<std::vector<double>> column(terms, std::vector<double>(n * terms, 0.0));
        for (std::size_t t = 0; t < terms; ++t) {
            column[t][i * terms + t] = 1;
            factor.solve(column[t], i * terms);
        }
        // Sum over pairs of sections of q^|j - l| y_j^T y_l: `before` holds the earlier sections, faded.
        Matrix covariance = Matrix::Zero(), before = Matrix::Zero();
        for (std::size_t j = i > reach ? i - reach : 0; j < std::min(n, i + reach + 1); ++j) {
            Matrix answer;
            for (std::size_t t = 0; t < terms; ++t)
                for (std::size_t l = 0; l < terms; ++l)
                    answer(static_cast<int>(l), static_cast<int>(t)) = column[t][j * terms + l];
            const Matrix y = root[j] * answer;
            const Matrix cross = y.transpose() * before;
            covariance += y.transpose() * y + cross + cross.transpose();
            before = q * (before + y);
        }
        for (std::size_t t = 0; t < terms; ++t)
            for (std::size_t u = 0; u < terms; ++u)
                chain.sections[i].contour_covariance[t][u] =
                    covariance(static_cast<int>(t), static_cast<int>(u));
    });
}

// The outer wall follows the rays' mean and first harmonic; calcium by the number of rays that show it.
void fill_wall(FitSection& section, const RayEstimate* rays) {
    std::array<double, P::outer_terms> sum{};
    std::size_t calcium = 0;
    section.open.assign(angles, 0);
    for (std::size_t a = 0; a < angles; ++a) {
        const auto basis = basis_at(RayGrid::phi(static_cast<int>(a)));
        const bool open = static_cast<double>(rays[a].open) > open_limit;
        for (std::size_t t = 0; t < P::outer_terms; ++t)
            sum[t] += basis[t] * static_cast<double>(rays[a].outer_mm) * (t == 0 ? 1.0 : 2.0) / angles;
        section.open[a] = open ? 1 : 0;
        calcium += !open && static_cast<double>(rays[a].calcium) > flag_limit ? 1 : 0;
    }
    for (std::size_t t = 0; t < P::outer_terms; ++t) section.fit.value[P::outer + t] = sum[t];
    section.calcified = calcium >= flag_rays;
}

// Every ray of a section says whether the section lies in a stent; stents are much longer than a section.
void flag_stents(FitChain& chain, const std::vector<RayEstimate>& rays) {
    const std::size_t n = chain.sections.size();
    std::vector<double> votes(n, 0), closed(n, 0);
    for (std::size_t i = 0; i < n; ++i)
        for (std::size_t a = 0; a < angles; ++a) {
            const RayEstimate& ray = rays[i * angles + a];
            if (static_cast<double>(ray.open) > open_limit) continue;
            votes[i] += static_cast<double>(ray.stent) > flag_limit ? 1 : 0, ++closed[i];
        }
    for (std::size_t i = 0; i < n; ++i) {
        double yes = 0, all = 0;
        for (std::size_t k = 0; k < n; ++k)
            if (std::abs(chain.sections[k].arc_mm - chain.sections[i].arc_mm) <= stent_mm)
                yes += votes[k], all += closed[k];
        chain.sections[i].stent = yes > 0.5 * all;
    }
}

}  // namespace

void fit_rays(FitChain& chain, const std::vector<RayEstimate>& rays, const RayCorrelation& correlation,
              const FitPriors& priors, bool with_covariance, const Run& run) {
    const std::size_t n = chain.sections.size();
    CTFFR_CHECK_OP(rays.size(), ==, n * angles);
    std::vector<SectionSystem> systems(n);
    std::vector<double> values(n * terms, 0.0);
    for (std::size_t i = 0; i < n; ++i) {
        systems[i] = system_of(&rays[i * angles], correlation.rays);
        std::copy(systems[i].b.begin(), systems[i].b.end(),
                  values.begin() + static_cast<std::ptrdiff_t>(i * terms));
    }
    BandedMatrix matrix = normal_matrix(chain, systems, priors);
    if (!matrix.factorise())
        throw Error(ExitCode::lumen_failed,
                    "The contours of coronary branch {} have no solution (singular system).",
                    chain.branches.empty() ? 0 : chain.branches.front());
    matrix.solve(values);
    for (std::size_t i = 0; i < n; ++i) {
        FitSection& section = chain.sections[i];
        for (std::size_t k = 0; k < terms; ++k) section.fit.value[P::contour + k] = values[i * terms + k];
        section.fit.value[P::contour] = std::clamp(section.fit.value[P::contour], 0.1, 6.0);
        section.data_share = systems[i].share;
        section.residual_hu = 0;
        fill_wall(section, &rays[i * angles]);
    }
    flag_stents(chain, rays);
    if (with_covariance) fill_covariance(chain, matrix, systems, correlation.sections, run);
}

}  // namespace ctffr::lumen
