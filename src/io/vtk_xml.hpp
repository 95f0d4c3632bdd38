// SPDX-License-Identifier: Apache-2.0
// Arrays of VTK XML files by VTK's parser, with every count checked: VTK's own grid reader trusts the numbers
// in the file and reads beyond its arrays when they are damaged.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include <vtkSmartPointer.h>

class vtkDataCompressor;
class vtkXMLDataElement;
class vtkXMLDataParser;

namespace ctffr {

class VtkXmlFile {
   public:
    // Throws Error(input_missing | input_unreadable | input_unsupported) when `path` is no VTK XML file of
    // `type`.
    VtkXmlFile(const std::filesystem::path& path, const char* type);
    ~VtkXmlFile();
    VtkXmlFile(const VtkXmlFile&) = delete;
    VtkXmlFile& operator=(const VtkXmlFile&) = delete;

    vtkXMLDataElement* root() const;
    // A count attribute; checked against what the file can hold.
    std::size_t count(vtkXMLDataElement* element, const char* attribute) const;
    // Exactly `count` values. Throws Error(input_truncated) when there are fewer.
    std::vector<double> reals(vtkXMLDataElement* array, std::size_t count) const;
    std::vector<std::int64_t> integers(vtkXMLDataElement* array, std::size_t count) const;
    std::vector<std::string> strings(vtkXMLDataElement* array) const;

    const std::filesystem::path& path() const { return path_; }

   private:
    template <class Value>
    std::vector<Value> values(vtkXMLDataElement* array, std::size_t count) const;
    // The bytes of a binary array; `most` of them at most.
    std::string bytes(vtkXMLDataElement* array, std::size_t most) const;
    std::string unpacked(std::size_t at, bool base64, std::size_t most) const;
    std::string raw(std::size_t at, bool base64, std::size_t count, std::size_t* used) const;
    std::uint64_t header_word(const std::string& bytes, std::size_t i) const;
    std::size_t data_place(vtkXMLDataElement* array) const;

    std::filesystem::path path_;
    std::string text_;
    vtkSmartPointer<vtkXMLDataParser> parser_;
    vtkSmartPointer<vtkDataCompressor> compressor_;
    std::size_t appended_ = 0, header_bytes_ = 4;
    bool appended_base64_ = false, swap_ = false;
};

// The child with this tag, and among DataArray children that with this Name; null when there is none.
vtkXMLDataElement* child(vtkXMLDataElement* element, const char* tag);
vtkXMLDataElement* named_array(vtkXMLDataElement* element, const char* name);

}  // namespace ctffr
