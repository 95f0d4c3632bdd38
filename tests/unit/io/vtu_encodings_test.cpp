// SPDX-License-Identifier: Apache-2.0
// VTU files as VTK itself writes them, in every encoding, against the same mesh built directly.
#include <gtest/gtest.h>
#include <vtkCellType.h>
#include <vtkIdList.h>
#include <vtkPoints.h>
#include <vtkSmartPointer.h>
#include <vtkUnstructuredGrid.h>
#include <vtkXMLUnstructuredGridWriter.h>

#include "ctffr/io/flow_mesh_file.hpp"
#include "support/mixed_mesh.hpp"
#include "support/temporary_folder.hpp"

namespace ctffr {
namespace {

// The mixed mesh; its cube as a polyhedron, its prism in VTK's order.
vtkSmartPointer<vtkUnstructuredGrid> grid_of(const test::MixedMesh& mesh) {
    const auto grid = vtkSmartPointer<vtkUnstructuredGrid>::New();
    const auto points = vtkSmartPointer<vtkPoints>::New();
    points->SetDataTypeToDouble();
    for (const Vec3& p : mesh.points) points->InsertNextPoint(p.x, p.y, p.z);
    grid->SetPoints(points);
    const auto stream = vtkSmartPointer<vtkIdList>::New();
    for (vtkIdType id :
         {6, 4, 0, 3, 2, 1, 4, 4, 5, 6, 7, 4, 0, 1, 5, 4, 4, 1, 2, 6, 5, 4, 2, 3, 7, 6, 4, 3, 0, 4, 7})
        stream->InsertNextId(id);
    grid->InsertNextCell(VTK_POLYHEDRON, stream);
    const auto insert = [&](int type, std::vector<vtkIdType> ids) {
        grid->InsertNextCell(type, static_cast<vtkIdType>(ids.size()), ids.data());
    };
    insert(VTK_WEDGE, {3, 8, 7, 2, 9, 6});
    insert(VTK_PYRAMID, {4, 5, 6, 7, 10});
    insert(VTK_TETRA, {4, 5, 10, 11});
    return grid;
}

TEST(VtuEncodings, AllThatVtkWritesAreRead) {
    const test::MixedMesh mixed;
    const FlowMesh expected = mixed.build();
    const auto grid = grid_of(mixed);
    const test::TemporaryFolder folder;
    const auto path = folder.path() / "m.vtu";
    using Writer = vtkXMLUnstructuredGridWriter;
    for (int mode : {Writer::Ascii, Writer::Binary, Writer::Appended})
        for (int base64 : {0, 1})
            for (int compressor : {Writer::NONE, Writer::ZLIB, Writer::LZ4, Writer::LZMA})
                for (int header : {Writer::UInt32, Writer::UInt64})
                    for (int order : {Writer::LittleEndian, Writer::BigEndian})
                        for (int block : {32, 1 << 15}) {
                            const auto writer = vtkSmartPointer<Writer>::New();
                            writer->SetInputData(grid);
                            writer->SetFileName(path.c_str());
                            writer->SetDataMode(mode);
                            writer->SetEncodeAppendedData(base64);
                            writer->SetCompressorType(compressor);
                            writer->SetHeaderType(header);
                            writer->SetByteOrder(order);
                            writer->SetBlockSize(static_cast<std::size_t>(block));
                            ASSERT_EQ(writer->Write(), 1);
                            const FlowMesh mesh = read_flow_mesh(path);
                            ASSERT_EQ(mesh.points, expected.points) << mode << base64 << compressor << header;
                            ASSERT_EQ(mesh.owner.size(), expected.owner.size());
                            ASSERT_EQ(mesh.neighbour, expected.neighbour);
                            for (std::size_t c = 0; c < 4; ++c)
                                ASSERT_NEAR(mesh.cell_volume[c], expected.cell_volume[c], 1e-15);
                        }
}

}  // namespace
}  // namespace ctffr
