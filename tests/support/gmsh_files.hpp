// SPDX-License-Identifier: Apache-2.0
// Gmsh files of a mixed mesh, in the formats 2.2 and 4.1, ascii and binary.
#pragma once

#include <cstdint>
#include <string>

#include <fmt/format.h>

#include "support/mixed_mesh.hpp"

namespace ctffr::test {

class GmshWriter {
   public:
    explicit GmshWriter(bool binary) : binary_(binary) {}

    // Physical surfaces 11, 12 ... are the patches; node tags are 10 * (number + 1); cells have no group.
    std::string write(const MixedMesh& mesh, bool old) {
        text_ = fmt::format("$MeshFormat\n{} {} 8\n", old ? "2.2" : "4.1", binary_ ? 1 : 0);
        if (binary_) {
            put<std::int32_t>(1);
            text_ += "\n";
        }
        text_ += fmt::format("$EndMeshFormat\n$PhysicalNames\n{}\n", mesh.patches.size());
        for (std::size_t i = 0; i < mesh.patches.size(); ++i)
            text_ += fmt::format("2 {} \"{}\"\n", 11 + i, mesh.patches[i].name);
        text_ += "$EndPhysicalNames\n";
        old ? write_22(mesh) : write_41(mesh);
        return text_;
    }

   private:
    template <class Value>
    void put(Value value) {
        if (binary_)
            text_.append(reinterpret_cast<const char*>(&value), sizeof value);
        else
            text_ += fmt::format("{} ", value);
    }
    void end_line() {
        if (!binary_) text_ += "\n";
    }
    static std::int32_t type_of(const MixedMesh::Cell& cell) {
        switch (cell.shape) {
            case MeshBuilder::Shape::tetra: return 4;
            case MeshBuilder::Shape::hexahedron: return 5;
            case MeshBuilder::Shape::prism: return 6;
            case MeshBuilder::Shape::pyramid: return 7;
        }
        return 0;
    }
    static std::int32_t type_of(const MixedMesh::Face& face) { return face.corners.size() == 3 ? 2 : 3; }

    void write_22(const MixedMesh& mesh) {
        text_ += fmt::format("$Nodes\n{}\n", mesh.points.size());
        for (std::size_t i = 0; i < mesh.points.size(); ++i) {
            put<std::int32_t>(static_cast<std::int32_t>(10 * (i + 1)));
            for (int k = 0; k < 3; ++k) put<double>(mesh.points[i][k]);
            end_line();
        }
        text_ += fmt::format("\n$EndNodes\n$Elements\n{}\n", mesh.cells.size() + mesh.faces.size());
        std::int32_t number = 1;
        const auto element = [&](std::int32_t type, std::int32_t group,
                                 const std::vector<std::int32_t>& corners) {
            if (binary_)
                put(type), put<std::int32_t>(1), put<std::int32_t>(2), put(number++);
            else
                put(number++), put(type), put<std::int32_t>(2);
            put(group), put<std::int32_t>(1);
            for (std::int32_t c : corners) put<std::int32_t>(10 * (c + 1));
            end_line();
        };
        for (const auto& face : mesh.faces) element(type_of(face), 11 + face.patch, face.corners);
        for (const auto& cell : mesh.cells) element(type_of(cell), 0, cell.corners);
        text_ += "\n$EndElements\n";
    }

    void write_41(const MixedMesh& mesh) {
        // One surface per patch (tags 21, 22 ...) with its group, one volume.
        text_ += "$Entities\n";
        put<std::uint64_t>(0), put<std::uint64_t>(0), put<std::uint64_t>(mesh.patches.size());
        put<std::uint64_t>(1);
        end_line();
        const auto box = [&] {
            for (int k = 0; k < 6; ++k) put<double>(k / 3);
        };
        for (std::size_t i = 0; i < mesh.patches.size(); ++i) {
            put(static_cast<std::int32_t>(21 + i));
            box();
            put<std::uint64_t>(1), put(static_cast<std::int32_t>(11 + i)), put<std::uint64_t>(0);
            end_line();
        }
        put<std::int32_t>(1);
        box();
        put<std::uint64_t>(0), put<std::uint64_t>(1), put<std::int32_t>(21);
        text_ += "\n$EndEntities\n$Nodes\n";
        const std::uint64_t points = mesh.points.size();
        put<std::uint64_t>(1), put(points), put<std::uint64_t>(10), put(10 * points);
        end_line();
        put<std::int32_t>(3), put<std::int32_t>(1), put<std::int32_t>(0), put(points);
        end_line();
        for (std::uint64_t i = 0; i < points; ++i) put(10 * (i + 1));
        end_line();
        for (const Vec3& p : mesh.points) {
            for (int k = 0; k < 3; ++k) put<double>(p[k]);
            end_line();
        }
        text_ += "\n$EndNodes\n$Elements\n";
        const std::uint64_t elements = mesh.cells.size() + mesh.faces.size();
        put(elements), put(elements), put<std::uint64_t>(1), put(elements);
        end_line();
        std::uint64_t number = 1;
        const auto block = [&](std::int32_t dimension, std::int32_t entity, std::int32_t type,
                               const std::vector<std::int32_t>& corners) {
            put(dimension), put(entity), put(type), put<std::uint64_t>(1);
            end_line();
            put(number++);
            for (std::int32_t c : corners) put<std::uint64_t>(10 * (static_cast<std::uint64_t>(c) + 1));
            end_line();
        };
        for (const auto& face : mesh.faces) block(2, 21 + face.patch, type_of(face), face.corners);
        for (const auto& cell : mesh.cells) block(3, 1, type_of(cell), cell.corners);
        text_ += "\n$EndElements\n";
    }

    bool binary_;
    std::string text_;
};

}  // namespace ctffr::test
