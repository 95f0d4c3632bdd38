// SPDX-License-Identifier: Apache-2.0
// Samples of the heart network: image and targets on the network's grid, from implicit shapes.
#include <algorithm>
#include <array>
#include <cmath>
#include <functional>

#include "ctffr/core/random.hpp"
#include "ctffr/parallel/parallel.hpp"
#include "ctffr/stages/training_data.hpp"
#include "imaging/coronaries.hpp"
#include "imaging/grid_targets.hpp"
#include "imaging/heart_image.hpp"
#include "lumen/lumen_field.hpp"
#include "stages/phantom_build.hpp"

namespace ctffr {

namespace {

using namespace imaging;

// What of an artery is at a point: a side's lumen, calcium, stent, or background for all else.
using PointLabel = std::function<Label(Vec3 p_lps_mm)>;

constexpr double reach_mm = HeartSamples::reach_mm;
constexpr double beside_mm = 1.2;  // centerline voxels and those that share an edge with one

std::uint8_t byte_of(double value) {
    return static_cast<std::uint8_t>(std::clamp(std::lround(value), 0L, 255L));
}

std::vector<std::uint8_t> signed_bytes(const std::vector<float>& mm) {
    std::vector<std::uint8_t> bytes(mm.size());
    for (std::size_t i = 0; i < mm.size(); ++i) bytes[i] = byte_of(128 + 31.75 * static_cast<double>(mm[i]));
    return bytes;
}

Box enlarged(Box box, const HeartSampleOptions& options) {
    Random random(options.seed, 0x48424F58u);
    for (int a = 0; a < 3; ++a) {
        box.low[a] -= random.uniform(options.enlarged_mm.low, options.enlarged_mm.high);
        box.high[a] += random.uniform(options.enlarged_mm.low, options.enlarged_mm.high);
    }
    return box;
}

// Shares of the voxels by 4 x 4 x 4 points, where an artery is near.
void fill_shares(const PointLabel& label_at, const std::vector<float>& centerline_mm, HeartSamples& out,
                 const Run& run) {
    constexpr int points = 4;
    const ScalarGrid frame{out.geometry, {}};
    out.lumen_left.assign(centerline_mm.size(), 0);
    out.lumen_right = out.dense = out.lumen_left;
    parallel_for_uneven(Cpu{run.profiler}, "artery shares", out.geometry.size.z, 1, [&](Index k) {
        const Index plane = Index{out.geometry.size.x} * out.geometry.size.y;
        for (Index voxel = k * plane; voxel < (k + 1) * plane; ++voxel) {
            if (static_cast<double>(centerline_mm[as_size(voxel)]) >= reach_mm) continue;
            const Vec3 center = frame.position(voxel);
            int left = 0, right = 0, dense = 0;
            for (int n = 0; n < points * points * points; ++n) {
                const auto offset = [&](int i) { return ((i + 0.5) / points - 0.5) * frame.spacing_mm(); };
                const Label label = label_at(center + Vec3{offset(n % points), offset(n / points % points),
                                                           offset(n / points / points)});
                left += label == Label::coronary_left, right += label == Label::coronary_right;
                dense += label == Label::calcium || label == Label::stent;
            }
            constexpr double each = 255.0 / (points * points * points);
            out.lumen_left[as_size(voxel)] = byte_of(each * left);
            out.lumen_right[as_size(voxel)] = byte_of(each * right);
            out.dense[as_size(voxel)] = byte_of(each * dense);
        }
    });
}

void fill_skeleton(const CoronaryTree& tree, HeartSamples& out, const Run& run) {
    out.skeleton.assign(as_size(out.geometry.size.count()), 0);
    for (const Side side : {Side::left, Side::right}) {
        const Mask line = centerline_voxels(out.geometry, tree, side);
        const Mask wide = dilated(out.geometry, line, beside_mm, run);
        const int shift = side == Side::left ? 0 : 1;
        for (std::size_t i = 0; i < line.size(); ++i)
            out.skeleton[i] =
                static_cast<std::uint8_t>(out.skeleton[i] | (line[i] << shift) | (wide[i] << (2 + shift)));
    }
}

void add_place(Vec3 p_lps_mm, int kind, HeartSamples& out) {
    const Vec3 at = out.geometry.index_from_lps(p_lps_mm);
    if (!out.geometry.contains(at)) return;
    for (int a = 0; a < 3; ++a) out.places.push_back(static_cast<std::int32_t>(std::lround(at[a])));
    out.places.push_back(kind);
}

// Ostia are where the roots start, bifurcations where a branch starts on its parent.
void fill_places(const CoronaryTree& tree, HeartSamples& out) {
    for (const Branch& branch : tree.branches) {
        const Vec3 start = branch.points.front().position_lps_mm;
        add_place(start, branch.parent < 0 ? 1 : 2, out);
        for (std::size_t n = 0; n < branch.points.size(); n += 2)
            add_place(branch.points[n].position_lps_mm, 0, out);
        if (branch.parent >= 0) continue;
        const Vec3 at = out.geometry.index_from_lps(start);
        for (const double value : {branch.side == Side::left ? 0.0 : 1.0, at.x, at.y, at.z})
            out.ostia.push_back(static_cast<float>(value));
    }
}

// All that follows from the tree and the arteries' shapes.
void fill_arteries(const CoronaryTree& tree, const PointLabel& label_at, HeartSamples& out, const Run& run) {
    const std::vector<float> centerline_mm = distance_to_tree(out.geometry, tree, reach_mm, run);
    out.centerline.resize(centerline_mm.size());
    for (std::size_t i = 0; i < centerline_mm.size(); ++i)
        out.centerline[i] = byte_of(255 / reach_mm * static_cast<double>(centerline_mm[i]));
    fill_shares(label_at, centerline_mm, out, run);
    fill_skeleton(tree, out, run);
    fill_places(tree, out);
}

// The tissue fields on the network's grid. What is painted over a structure (phantom/tissue.cpp) is not part
// of it.
class Tissues {
   public:
    Tissues(const phantom::CoarseFields& fields, const ImageGeometry& grid, const Run& run)
        : grid_(grid), run_(run) {
        const Index nodes = fields.geometry.size.count();
        for (const auto field : wanted) {
            ScalarGrid coarse{fields.geometry, {}};
            const float* first = fields.values.data() + static_cast<int>(field) * nodes;
            coarse.values.assign(first, first + nodes);
            values_.push_back(read(coarse));
        }
    }
    std::vector<float> aorta() const {
        return distance_where([](const Values& v) { return v[0]; });
    }
    std::vector<float> lv_blood() const {
        return distance_where([](const Values& v) { return std::max(v[1], -v[0]); });
    }
    std::vector<float> lv_outer() const {
        return distance_where([](const Values& v) {
            const float over = std::min({v[0], v[3], v[4], v[5], v[6]});
            return std::min(std::max(v[1], -v[0]), std::max(v[2], -over));
        });
    }

   private:
    static constexpr std::array<phantom::Field, 7> wanted{
        phantom::Field::aorta,       phantom::Field::lv_cavity,    phantom::Field::lv_outer,
        phantom::Field::left_atrium, phantom::Field::right_atrium, phantom::Field::rv_cavity,
        phantom::Field::trunk};
    using Values = std::array<float, wanted.size()>;

    std::vector<float> read(const ScalarGrid& coarse) const {
        std::vector<float> values(as_size(grid_.size.count()));
        const ScalarGrid frame{grid_, {}};
        parallel_for(Cpu{run_.profiler}, "read tissue field", grid_.size.count(), [&](Index voxel) {
            values[as_size(voxel)] = static_cast<float>(coarse.at(frame.position(voxel)));
        });
        return values;
    }
    template <class Solid>
    std::vector<float> distance_where(const Solid& solid) const {
        ScalarGrid grid{grid_, std::vector<float>(values_.front().size())};
        Values at;
        for (std::size_t i = 0; i < grid.values.size(); ++i) {
            for (std::size_t f = 0; f < at.size(); ++f) at[f] = values_[f][i];
            grid.values[i] = solid(at);
        }
        return signed_distance(grid, reach_mm, run_);
    }

    ImageGeometry grid_;
    const Run& run_;
    std::vector<std::vector<float>> values_;
};

// Median of the image where `inside` says so.
template <class Inside>
double median_where(const std::vector<std::int32_t>& hu, const Inside& inside) {
    std::vector<double> values;
    for (std::size_t i = 0; i < hu.size(); ++i)
        if (inside(i)) values.push_back(hu[i]);
    return median_of(std::move(values));
}

void fill_image(const std::vector<std::int16_t>& with_noise, const std::vector<std::int16_t>& noise_free,
                HeartSamples& out) {
    out.image_hu.assign(noise_free.begin(), noise_free.end());
    out.noise.resize(noise_free.size());
    for (std::size_t i = 0; i < noise_free.size(); ++i)
        out.noise[i] = byte_of(128 + 0.5 * (with_noise[i] - noise_free[i]));
}

void fill_heart(const BuiltPhantom& built, HeartSamples& out, const Run& run) {
    const Tissues tissues(built.tissues, out.geometry, run);
    const std::vector<float> aorta = tissues.aorta(), blood = tissues.lv_blood(), outer = tissues.lv_outer();
    out.aorta = signed_bytes(aorta), out.lv_blood = signed_bytes(blood), out.lv_outer = signed_bytes(outer);
    out.blood_hu = median_where(out.image_hu, [&](std::size_t i) { return aorta[i] < -2.5f; });
    out.muscle_hu =
        median_where(out.image_hu, [&](std::size_t i) { return outer[i] < -2.5f && blood[i] > 2.5f; });
    const std::vector<std::uint8_t>& labels = built.phantom.truth.labels.labels;
    out.look_alike.resize(labels.size());
    for (std::size_t i = 0; i < labels.size(); ++i) {
        const auto label = static_cast<Label>(labels[i]);
        out.look_alike[i] = label == Label::coronary_vein || label == Label::left_atrium ? 255 : 0;
    }
}

}  // namespace

HeartSamples run_heart_samples(const PhantomOptions& patient, const HeartSampleOptions& options,
                               const Run& run) {
    const ChoosePhantomGrid choose = [&](const ImageGeometry& scan, const HeartFrame& heart) {
        PhantomGrid grid;
        grid.geometry = heart_grid(enlarged(heart_box(heart, bounding_box(scan)), options), scan);
        const double finest = std::min(scan.spacing_mm.x, scan.spacing_mm.z);
        grid.reading = {heart_image_blur_mm2(scan.spacing_mm.x, finest),
                        heart_image_blur_mm2(scan.spacing_mm.z, finest)};
        return grid;
    };
    const BuiltPhantom built = build_phantom(patient, true, run, choose);
    const PhantomTruth& truth = built.phantom.truth;
    HeartSamples out;
    out.geometry = built.phantom.volume.geometry;
    run.progress("targets", 0.8);
    fill_image(built.phantom.volume.hu, built.noise_free_hu, out);
    fill_heart(built, out, run);
    // An artery's lumen starts a little within the aorta: what lies there is aorta.
    const ScalarGrid aorta{out.geometry, {}};
    const PointLabel label_at = [&](Vec3 p) {
        phantom::VesselField::Sample sample;
        if (!built.vessels->sample(p, sample)) return Label::background;
        const Index voxel = aorta.voxel_at(p);
        return voxel >= 0 && out.aorta[as_size(voxel)] < 128 ? Label::background : sample.label;
    };
    fill_arteries(truth.tree, label_at, out, run);
    for (const Lesion& lesion : truth.lesions)
        for (const CenterlinePoint& point :
             truth.tree.branches[static_cast<std::size_t>(lesion.branch)].points)
            if (point.arc_mm >= lesion.start_mm && point.arc_mm <= lesion.end_mm)
                add_place(point.position_lps_mm, 3, out);
    return out;
}

HeartSamples run_heart_samples(const Volume& volume, const ScanModel& scan, const HeartFrame& heart,
                               const LumenSurface& lumen, const CoronaryTree& tree,
                               const HeartSampleOptions& options, const Run& run) {
    HeartSamples out;
    out.geometry =
        heart_grid(enlarged(heart_box(heart, bounding_box(volume.geometry)), options), volume.geometry);
    out.muscle_hu = scan.myocardium_hu, out.blood_hu = scan.blood_hu;
    const ScalarGrid image = heart_image(volume, out.geometry, run);
    for (const float hu : image.values) out.image_hu.push_back(static_cast<std::int32_t>(std::lround(hu)));
    const lumen::LumenField field(lumen.branches, tree, lumen::FieldOptions{});
    const PointLabel label_at = [&](Vec3 p) {
        const auto sample = field.sample(p);
        if (sample.value >= 0 || sample.branch < 0 || sample.open_end >= 0) return Label::background;
        return tree.branches[static_cast<std::size_t>(sample.branch)].side == Side::left
                   ? Label::coronary_left
                   : Label::coronary_right;
    };
    fill_arteries(tree, label_at, out, run);
    out.dense.clear();  // a reader's lumen says nothing of the wall
    return out;
}

}  // namespace ctffr
