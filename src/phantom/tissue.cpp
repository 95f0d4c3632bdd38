// SPDX-License-Identifier: Apache-2.0
#include "phantom/tissue.hpp"

#include "ctffr/parallel/parallel.hpp"
#include "phantom/heart_shape.hpp"
#include "phantom/texture.hpp"

namespace ctffr::phantom {
namespace {

using kernels::TissueLayer;

constexpr int field_count = static_cast<int>(Field::count);

struct Textures {
    Texture fine, soft, broad;
};

void sample_point(const HeartAnatomy& heart, const Chest& chest, const Textures& textures, Vec3 p,
                  float (&out)[field_count]) {
    const auto set = [&](Field field, double value) {
        out[static_cast<int>(field)] = static_cast<float>(value);
    };
    const double unit = heart.unit_mm();
    const HeartValues v = heart.shape().values(heart.to_heart(p));
    const double broad = textures.broad(p);
    const double cavity = chest.cavity(p), sac = unit * v.sac - 0.8 * broad;
    const double great =
        unit * std::min({v.aorta, v.trunk, v.left_atrium, v.right_atrium, Tube::exact_below});
    set(Field::skin, chest.skin(p));
    set(Field::cavity, cavity);
    set(Field::mediastinum, std::max(chest.mediastinum(p, sac, great), cavity));
    set(Field::diaphragm, std::max(chest.diaphragm(p), cavity));
    set(Field::liver, chest.liver(p));
    set(Field::stomach, chest.stomach(p));
    set(Field::stomach_gas, chest.stomach_gas(p));
    set(Field::bone, chest.bone(p));
    set(Field::cartilage, chest.cartilage(p));
    set(Field::disc, chest.disc(p));
    set(Field::canal, chest.spinal_canal(p));
    set(Field::oesophagus, chest.oesophagus(p));
    set(Field::sac, sac);
    set(Field::lv_outer, unit * v.lv_outer);
    set(Field::rv_outer, unit * v.rv_outer);
    set(Field::lv_cavity, unit * v.lv_cavity);
    set(Field::rv_cavity, unit * v.rv_cavity);
    set(Field::papillary, unit * v.papillary);
    set(Field::left_atrium, unit * v.left_atrium);
    set(Field::right_atrium, unit * v.right_atrium);
    set(Field::aorta, unit * v.aorta);
    set(Field::root, unit * v.root);
    set(Field::trunk, unit * v.trunk);
    set(Field::lung_vessels, 1e3);
    set(Field::fine_texture, textures.fine(p));
    set(Field::soft_texture, textures.soft(p));
    set(Field::broad_texture, broad);
}

// Lowers `field` to the distance of a piece of tube, in the box where that is below `reach_mm`.
void add_segment(TubeNode from, TubeNode to, double reach_mm, const ImageGeometry& grid, float* field) {
    const double r = std::max(from.radius, to.radius) + reach_mm;
    const Vec3 a = from.center, b = to.center;
    int low[3], high[3];
    for (int axis = 0; axis < 3; ++axis) {
        const double first =
            (std::min(a[axis], b[axis]) - r - grid.origin_lps_mm[axis]) / grid.spacing_mm[axis];
        const double last =
            (std::max(a[axis], b[axis]) + r - grid.origin_lps_mm[axis]) / grid.spacing_mm[axis];
        low[axis] = static_cast<int>(std::clamp(std::ceil(first), 0.0, 1e4));
        high[axis] = static_cast<int>(std::clamp(std::floor(last), -1.0, grid.size[axis] - 1.0));
    }
    const Vec3 ab = b - a;
    const double length2 = std::max(dot(ab, ab), 1e-9);
    for (int k = low[2]; k <= high[2]; ++k)
        for (int j = low[1]; j <= high[1]; ++j)
            for (int i = low[0]; i <= high[0]; ++i) {
                const Vec3 p = grid.lps_from_index({1.0 * i, 1.0 * j, 1.0 * k});
                const double t = std::clamp(dot(p - a, ab) / length2, 0.0, 1.0);
                const double radius = from.radius + t * (to.radius - from.radius);
                float& value = field[grid.offset(i, j, k)];
                value = std::min(value, static_cast<float>(distance(p, a + t * ab) - radius));
            }
}

void add_lung_vessels(const Chest& chest, CoarseFields& coarse) {
    const Index count = coarse.geometry.size.count();
    float* lung_vessels = coarse.values.data() + static_cast<int>(Field::lung_vessels) * count;
    const float* mediastinum = coarse.values.data() + static_cast<int>(Field::mediastinum) * count;
    for (const LungSegment& segment : chest.lung_vessels())
        add_segment(segment.from, segment.to, 3, coarse.geometry, lung_vessels);
    // None in the thin rim of lung on the heart.
    for (Index n = 0; n < count; ++n) lung_vessels[n] = std::max(lung_vessels[n], 3 - mediastinum[n]);
}

// Draws the blood of chambers and pulmonary trunk back from the arteries, so that fat or muscle parts them.
void clear_arteries(const CoronaryTree& tree, CoarseFields& coarse) {
    constexpr double least_mm = 1.3, reach_mm = 4;
    const Index count = coarse.geometry.size.count();
    std::vector<float> room(static_cast<std::size_t>(count), 1e3f);
    for (const Branch& branch : tree.branches)
        for (std::size_t n = 0; n + 1 < branch.points.size(); ++n) {
            const CenterlinePoint &a = branch.points[n], &b = branch.points[n + 1];
            add_segment({a.position_lps_mm, a.radius_mm}, {b.position_lps_mm, b.radius_mm}, reach_mm,
                        coarse.geometry, room.data());
        }
    for (const Field field :
         {Field::lv_cavity, Field::rv_cavity, Field::left_atrium, Field::right_atrium, Field::trunk}) {
        float* values = coarse.values.data() + static_cast<int>(field) * count;
        for (Index n = 0; n < count; ++n)
            values[n] = std::max(values[n], static_cast<float>(least_mm) - room[static_cast<std::size_t>(n)]);
    }
}

}  // namespace

CoarseFields sample_fields(const HeartAnatomy& heart, const Chest& chest, const CoronaryTree& tree,
                           std::uint64_t seed, const ImageGeometry& image, double step_mm, const Run& run) {
    CoarseFields coarse;
    ImageGeometry& grid = coarse.geometry;
    grid.spacing_mm = {step_mm, step_mm, step_mm};
    const auto nodes = [&](int axis) {
        return static_cast<int>(std::ceil(image.spacing_mm[axis] * (image.size[axis] - 1) / step_mm)) + 3;
    };
    grid.size = {nodes(0), nodes(1), nodes(2)};
    grid.origin_lps_mm = image.origin_lps_mm - Vec3{step_mm, step_mm, step_mm};
    const Index count = grid.size.count();
    coarse.values.resize(static_cast<std::size_t>(count * field_count));
    const Textures textures{Texture(seed, 11, 2.6), Texture(seed, 12, 7), Texture(seed, 13, 26)};
    float* values = coarse.values.data();
    parallel_for_uneven(
        Cpu{run.profiler}, "sample tissue fields", Index{grid.size.y} * grid.size.z, 8, [&](Index row) {
            const int j = static_cast<int>(row % grid.size.y), k = static_cast<int>(row / grid.size.y);
            float point[field_count];
            for (int i = 0; i < grid.size.x; ++i) {
                sample_point(heart, chest, textures, grid.lps_from_index({1.0 * i, 1.0 * j, 1.0 * k}), point);
                for (int f = 0; f < field_count; ++f) values[f * count + i + row * grid.size.x] = point[f];
            }
        });
    add_lung_vessels(chest, coarse);
    clear_arteries(tree, coarse);
    return coarse;
}

std::vector<TissueLayer> tissue_layers(const DrawnTissue& t, double skin_fat_mm, double heart_unit_mm) {
    std::vector<TissueLayer> layers;
    // A solid grown by `grow_mm`, with a texture of the given strength.
    const auto add = [&](Field field, double grow_mm, double hu, Field texture = Field::count,
                         double texture_hu = 0, Label label = Label::background, double shell_mm = 0) {
        layers.push_back({static_cast<int>(field), static_cast<float>(-grow_mm), static_cast<float>(shell_mm),
                          static_cast<float>(hu), texture == Field::count ? -1 : static_cast<int>(texture),
                          static_cast<float>(texture_hu), static_cast<std::uint8_t>(label)});
    };
    const Field fine = Field::fine_texture, soft = Field::soft_texture, broad = Field::broad_texture;
    add(Field::skin, 0, 40);
    add(Field::skin, -2, t.fat - 5, soft, 6);
    add(Field::skin, -skin_fat_mm, t.muscle, soft, 14);
    // Fat between the muscles of the chest wall and those between the ribs.
    add(Field::cavity, 17, 0.6 * t.fat, soft, 20, Label::background, 2.0);
    add(Field::cavity, 0, t.lung, fine, 28);
    add(Field::lung_vessels, 0, 0.55 * t.aorta - 60, soft, 40);
    add(Field::mediastinum, 0, t.fat, soft, 8);
    add(Field::oesophagus, 0, 45, fine, 10);
    add(Field::cartilage, 0, 95, soft, 15);
    add(Field::disc, 0, 90, soft, 8);
    add(Field::bone, 0, t.cortical, soft, 80);
    add(Field::bone, -1.3, t.trabecular, fine, 45);
    add(Field::canal, 0, 30, soft, 6);
    add(Field::diaphragm, 0, t.muscle, soft, 6);
    add(Field::diaphragm, -2.2, t.fat, soft, 8);
    add(Field::liver, 0, t.liver, soft, 5);
    add(Field::stomach, 0, 70, soft, 8);
    add(Field::stomach, -2.5, 25, soft, 12);
    add(Field::stomach_gas, 0, -980);
    add(Field::sac, 0, t.fat, soft, 7);
    add(Field::sac, 0, 10, soft, 15, Label::background, 1.0);
    add(Field::left_atrium, 1.8, 85, soft, 6);
    add(Field::right_atrium, 1.6, 85, soft, 6);
    add(Field::trunk, 1.3, 60, soft, 6);
    add(Field::aorta, 1.5, 60, soft, 5);
    add(Field::rv_outer, 0, t.myocardium - 5, soft, 6);
    add(Field::lv_outer, 0, t.myocardium, soft, 6, Label::lv_myocardium);
    // The wall of the root keeps its share of the heart's unit, for the volume of LV muscle counts on it.
    add(Field::root, root_wall * heart_unit_mm, 60, soft, 5);
    add(Field::right_atrium, 0, 0.92 * t.right_heart, broad, t.mixing * t.right_heart, Label::right_atrium);
    add(Field::rv_cavity, 0, t.right_heart, broad, 0.7 * t.mixing * t.right_heart, Label::rv_cavity);
    add(Field::trunk, 0, t.pulmonary, broad, 0.3 * t.mixing * t.pulmonary, Label::pulmonary_trunk);
    add(Field::left_atrium, 0, t.left_atrium, broad, 3, Label::left_atrium);
    add(Field::lv_cavity, 0, t.left_ventricle, broad, 4, Label::lv_cavity);
    add(Field::papillary, 0, t.myocardium, soft, 5, Label::lv_cavity);
    add(Field::aorta, 0, t.aorta, Field::count, 0, Label::aorta);
    return layers;
}

}  // namespace ctffr::phantom
