// SPDX-License-Identifier: Apache-2.0
// Gmsh meshes. Format: https://gmsh.info/doc/texinfo/gmsh.html, "MSH file format" (4.1) and "(Legacy)" (2.2).
#include <array>
#include <map>
#include <unordered_map>

#include "ctffr/data/mesh_builder.hpp"
#include "ctffr/data/mesh_patches.hpp"
#include "io/gmsh_text.hpp"
#include "io/mesh_formats.hpp"

namespace ctffr {

namespace {

struct ElementType {
    int dimension, nodes;
};
// First-order types; everything else is refused by name of its number.
ElementType element_type(int type) {
    switch (type) {
        case 15: return {0, 1};
        case 1: return {1, 2};
        case 2: return {2, 3};
        case 3: return {2, 4};
        case 4: return {3, 4};
        case 5: return {3, 8};
        case 6: return {3, 6};
        case 7: return {3, 5};
        default:
            throw Error(
                ExitCode::input_unsupported,
                "The mesh has elements of Gmsh type {}; there can be tetrahedra, hexahedra, prisms and "
                "pyramids of first order (gmsh -order 1).",
                type);
    }
}

MeshBuilder::Shape shape_of(int type) {
    switch (type) {
        case 4: return MeshBuilder::Shape::tetra;
        case 6: return MeshBuilder::Shape::prism;
        case 7: return MeshBuilder::Shape::pyramid;
        default: return MeshBuilder::Shape::hexahedron;
    }
}

class Reader {
   public:
    explicit Reader(const std::filesystem::path& path) : in_(path) {}

    FileMesh read() {
        std::string section;
        bool nodes = false, elements = false;
        while (in_.next_section(section)) {
            const bool old = in_.version() < 4;
            if (section == "PhysicalNames")
                read_names();
            else if (section == "Entities" && !old)
                read_entities();
            else if (section == "Nodes")
                old ? read_nodes_22() : read_nodes_41(), nodes = true;
            else if (section == "Elements") {
                if (!nodes) in_.fail("$Elements stands before $Nodes");
                old ? read_elements_22() : read_elements_41(), elements = true;
            }
            in_.end_section(section);
        }
        if (!nodes || !elements) in_.fail("there are no $Nodes or no $Elements");
        FileMesh file;
        file.named = named_;
        file.mesh = builder_.build();
        drop_unused_points(file.mesh);
        return file;
    }

   private:
    void read_names() {
        const std::size_t count = in_.checked(in_.get_text<std::uint64_t>(), 2);
        for (std::size_t i = 0; i < count; ++i) {
            const int dimension = in_.get_text<int>(), tag = in_.get_text<int>();
            const std::string name = in_.quoted();
            if (dimension == 2) name_[tag] = name;
        }
    }

    // The physical group of each surface.
    void read_entities() {
        std::array<std::size_t, 4> count{};
        for (auto& n : count) n = in_.checked(in_.get<std::uint64_t>(), 4);
        for (std::size_t dimension = 0; dimension < 4; ++dimension)
            for (std::size_t i = 0; i < count[dimension]; ++i) {
                const auto tag = in_.get<std::int32_t>();
                for (int k = 0; k < (dimension == 0 ? 3 : 6); ++k) in_.get<double>();
                const std::size_t groups = in_.checked(in_.get<std::uint64_t>(), 4);
                for (std::size_t k = 0; k < groups; ++k) {
                    const auto group = in_.get<std::int32_t>();
                    if (dimension == 2 && k == 0) group_of_surface_[tag] = group;
                }
                if (dimension == 0) continue;
                const std::size_t bounding = in_.checked(in_.get<std::uint64_t>(), 4);
                for (std::size_t k = 0; k < bounding; ++k) in_.get<std::int32_t>();
            }
    }

    void add_node(std::uint64_t tag, Vec3 p) {
        if (!number_.emplace(tag, static_cast<std::int32_t>(builder_.points.size())).second)
            in_.fail(fmt::format("node {} stands there twice", tag));
        builder_.points.push_back(p);
    }

    void read_nodes_22() {
        const std::size_t count = in_.checked(in_.get_text<std::uint64_t>(), 28);
        if (in_.binary()) in_.end_line();
        for (std::size_t i = 0; i < count; ++i) {
            const auto tag = in_.get<std::int32_t>();
            const double x = in_.coordinate(), y = in_.coordinate(), z = in_.coordinate();
            add_node(static_cast<std::uint64_t>(tag), {x, y, z});
        }
    }

    void read_nodes_41() {
        const std::size_t blocks = in_.checked(in_.get<std::uint64_t>(), 20);
        for (int k = 0; k < 3; ++k) in_.get<std::uint64_t>();  // how many, lowest and highest tag
        for (std::size_t b = 0; b < blocks; ++b) {
            const auto dimension = in_.get<std::int32_t>();
            in_.get<std::int32_t>();
            const auto parametric = in_.get<std::int32_t>();
            const std::size_t count = in_.checked(in_.get<std::uint64_t>(), 32);
            std::vector<std::uint64_t> tags(count);
            for (auto& tag : tags) tag = in_.get<std::uint64_t>();
            for (std::uint64_t tag : tags) {
                const double x = in_.coordinate(), y = in_.coordinate(), z = in_.coordinate();
                for (int k = 0; parametric && k < dimension; ++k) in_.get<double>();
                add_node(tag, {x, y, z});
            }
        }
    }

    template <class Tag>
    void read_element(int type, ElementType kind, int group) {
        std::array<std::int32_t, 8> corners{};
        for (int k = 0; k < kind.nodes; ++k) {
            const auto tag = static_cast<std::uint64_t>(in_.get<Tag>());
            const auto found = number_.find(tag);
            if (found == number_.end())
                in_.fail(fmt::format("an element uses node {}, which is missing", tag));
            corners[static_cast<std::size_t>(k)] = found->second;
        }
        const std::span<const std::int32_t> used(corners.data(), static_cast<std::size_t>(kind.nodes));
        if (kind.dimension == 3) builder_.add_cell(shape_of(type), used);
        if (kind.dimension == 2 && group != 0) {
            const auto name = name_.find(group);
            const int patch =
                builder_.add_patch(name == name_.end() ? fmt::format("physical_{}", group) : name->second,
                                   FlowPatch::Kind::wall);
            builder_.name_boundary(patch, used);
            named_ = true;
        }
    }

    void read_elements_22() {
        const std::size_t count = in_.checked(in_.get_text<std::uint64_t>(), 8);
        if (in_.binary()) in_.end_line();
        for (std::size_t done = 0; done < count;) {
            // Ascii: number type tags; binary: type, how many follow, tags, then number and tags of each.
            if (!in_.binary()) in_.get<std::int32_t>();
            const auto type = in_.get<std::int32_t>();
            const auto follow =
                in_.binary() ? in_.checked(static_cast<std::uint32_t>(in_.get<std::int32_t>()), 8) : 1;
            const auto tags = in_.get<std::int32_t>();
            if (follow == 0 || tags < 0 || tags > 1000) in_.fail("a block of elements makes no sense");
            const ElementType kind = element_type(type);
            for (std::size_t i = 0; i < follow; ++i, ++done) {
                if (in_.binary()) in_.get<std::int32_t>();
                int group = 0;
                for (int k = 0; k < tags; ++k) {
                    const auto tag = in_.get<std::int32_t>();
                    if (k == 0) group = tag;
                }
                read_element<std::int32_t>(type, kind, group);
            }
        }
    }

    void read_elements_41() {
        const std::size_t blocks = in_.checked(in_.get<std::uint64_t>(), 20);
        for (int k = 0; k < 3; ++k) in_.get<std::uint64_t>();
        for (std::size_t b = 0; b < blocks; ++b) {
            in_.get<std::int32_t>();
            const auto entity = in_.get<std::int32_t>(), type = in_.get<std::int32_t>();
            const std::size_t count = in_.checked(in_.get<std::uint64_t>(), 16);
            const ElementType kind = element_type(type);
            const auto group = group_of_surface_.find(entity);
            for (std::size_t i = 0; i < count; ++i) {
                in_.get<std::uint64_t>();
                read_element<std::uint64_t>(type, kind, group == group_of_surface_.end() ? 0 : group->second);
            }
        }
    }

    GmshText in_;
    MeshBuilder builder_;
    std::unordered_map<std::uint64_t, std::int32_t> number_;
    std::map<int, std::string> name_;
    std::map<int, int> group_of_surface_;
    bool named_ = false;
};

}  // namespace

FileMesh read_gmsh(const std::filesystem::path& path) { return Reader(path).read(); }

}  // namespace ctffr
