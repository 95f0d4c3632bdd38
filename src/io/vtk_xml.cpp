// SPDX-License-Identifier: Apache-2.0
#include "io/vtk_xml.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <charconv>
#include <cstring>
#include <sstream>

#include <vtkLZ4DataCompressor.h>
#include <vtkLZMADataCompressor.h>
#include <vtkXMLDataElement.h>
#include <vtkXMLDataParser.h>
#include <vtkZLibDataCompressor.h>

#include "ctffr/core/error.hpp"
#include "ctffr/io/files.hpp"
#include "io/vtk_polydata.hpp"

namespace ctffr {

namespace {

vtkSmartPointer<vtkDataCompressor> compressor_named(const char* name) {
    if (!name) return nullptr;
    if (std::strcmp(name, "vtkLZ4DataCompressor") == 0) return vtkSmartPointer<vtkLZ4DataCompressor>::New();
    if (std::strcmp(name, "vtkLZMADataCompressor") == 0) return vtkSmartPointer<vtkLZMADataCompressor>::New();
    return vtkSmartPointer<vtkZLibDataCompressor>::New();
}

bool has(vtkXMLDataElement* element, const char* attribute, const char* value) {
    const char* found = element->GetAttribute(attribute);
    return found && std::strcmp(found, value) == 0;
}

int base64_value(char c) {
    if (c >= 'A' && c <= 'Z') return c - 'A';
    if (c >= 'a' && c <= 'z') return c - 'a' + 26;
    if (c >= '0' && c <= '9') return c - '0' + 52;
    return c == '+' ? 62 : c == '/' ? 63 : -1;
}

template <class From, class To>
void convert(std::string& bytes, bool swap, std::vector<To>& out) {
    for (std::size_t i = 0; i < out.size(); ++i) {
        char* word = bytes.data() + i * sizeof(From);
        if (swap) std::reverse(word, word + sizeof(From));
        From value;
        std::memcpy(&value, word, sizeof value);
        out[i] = static_cast<To>(value);
    }
}

// Calls body(From{}) with the type that `name` names; false when it names none.
template <class Body>
bool with_type(const std::string& name, Body&& body) {
    if (name == "Float64") return body(double{}), true;
    if (name == "Float32") return body(float{}), true;
    if (name == "Int64") return body(std::int64_t{}), true;
    if (name == "UInt64") return body(std::uint64_t{}), true;
    if (name == "Int32") return body(std::int32_t{}), true;
    if (name == "UInt32") return body(std::uint32_t{}), true;
    if (name == "Int16") return body(std::int16_t{}), true;
    if (name == "UInt16") return body(std::uint16_t{}), true;
    if (name == "Int8") return body(std::int8_t{}), true;
    if (name == "UInt8") return body(std::uint8_t{}), true;
    return false;
}

// Up to `most` numbers of a text that ends at '<'.
template <class Value>
std::vector<Value> text_values(const std::string& text, std::size_t at, std::size_t most) {
    std::vector<Value> out;
    const char *next = text.data() + at, *end = text.data() + text.size();
    while (out.size() < most) {
        while (next < end && std::strchr(" \t\r\n", *next)) ++next;
        Value value{};
        const auto [after, code] = std::from_chars(next, end, value);
        if (code != std::errc()) break;
        out.push_back(value);
        next = after;
    }
    return out;
}

}  // namespace

VtkXmlFile::VtkXmlFile(const std::filesystem::path& path, const char* type)
    : path_(path), parser_(vtkSmartPointer<vtkXMLDataParser>::New()) {
    require_readable(path);
    text_ = read_text(path);
    std::istringstream stream(text_);
    vtkObject::GlobalWarningDisplayOff();
    parser_->SetStream(&stream);
    const bool parsed = parser_->Parse() != 0;
    parser_->SetStream(nullptr);
    if (!parsed || !root() || std::strcmp(root()->GetName(), "VTKFile") != 0)
        throw Error(text_.find("<VTKFile") != std::string::npos ? ExitCode::input_truncated
                                                                : ExitCode::input_unreadable,
                    "{} is not a whole VTK XML file.", path.string());
    if (!has(root(), "type", type)) {
        const char* found = root()->GetAttribute("type");
        throw Error(ExitCode::input_unsupported, "{} holds a VTK {}; a VTK {} is needed.", path.string(),
                    found ? found : "file without type", type);
    }
    compressor_ = compressor_named(root()->GetAttribute("compressor"));
    header_bytes_ = has(root(), "header_type", "UInt64") ? 8 : 4;
    swap_ =
        has(root(), "byte_order", std::endian::native == std::endian::little ? "BigEndian" : "LittleEndian");
    const std::size_t tag = text_.find("<AppendedData");
    if (tag == std::string::npos) return;
    const std::size_t close = text_.find('>', tag), start = text_.find('_', close);
    if (start == std::string::npos)
        throw Error(ExitCode::input_truncated, "{} ends before its data.", path.string());
    appended_base64_ = text_.substr(tag, close - tag).find("base64") != std::string::npos;
    appended_ = start + 1;
}

VtkXmlFile::~VtkXmlFile() = default;

vtkXMLDataElement* VtkXmlFile::root() const { return parser_->GetRootElement(); }

std::size_t VtkXmlFile::count(vtkXMLDataElement* element, const char* attribute) const {
    const char* text = element->GetAttribute(attribute);
    long long value = -1;
    if (text) std::from_chars(text, text + std::strlen(text), value);
    // zlib packs at most a thousand to one.
    if (value < 0 || value > static_cast<long long>(text_.size()) * 1000 || value > 2'000'000'000)
        throw Error(ExitCode::input_unreadable, "{}: {} is {}, which cannot be.", path_.string(), attribute,
                    text ? text : "missing");
    return static_cast<std::size_t>(value);
}

// Where the data of an array begin; the end of the file when that cannot be.
std::size_t VtkXmlFile::data_place(vtkXMLDataElement* array) const {
    if (has(array, "format", "appended")) {
        const char* text = array->GetAttribute("offset");
        unsigned long long offset = text_.size();
        if (text) std::from_chars(text, text + std::strlen(text), offset);
        return appended_ == 0 || offset > text_.size() - appended_
                   ? text_.size()
                   : appended_ + static_cast<std::size_t>(offset);
    }
    const auto tag = static_cast<std::size_t>(std::max<vtkTypeInt64>(0, array->GetXMLByteIndex()));
    const std::size_t close = text_.find('>', tag);
    if (close == std::string::npos) return text_.size();
    return std::min(text_.size(), text_.find_first_not_of(" \t\r\n", close + 1));
}

// `count` bytes from place `at` (fewer at the end of the data); `used` receives how many characters they
// take.
std::string VtkXmlFile::raw(std::size_t at, bool base64, std::size_t count, std::size_t* used) const {
    if (!base64) {
        const std::string bytes = at < text_.size() ? text_.substr(at, count) : "";
        *used = bytes.size();
        return bytes;
    }
    std::string bytes;
    std::size_t k = at;
    for (; bytes.size() < count && k + 4 <= text_.size(); k += 4) {
        std::array<int, 4> v{};
        for (std::size_t i = 0; i < 4; ++i) v[i] = base64_value(text_[k + i]);
        if (v[0] < 0 || v[1] < 0) break;
        bytes.push_back(static_cast<char>(v[0] << 2 | v[1] >> 4));
        if (v[2] >= 0) bytes.push_back(static_cast<char>((v[1] & 15) << 4 | v[2] >> 2));
        if (v[2] >= 0 && v[3] >= 0) bytes.push_back(static_cast<char>((v[2] & 3) << 6 | v[3]));
    }
    *used = k - at;
    bytes.resize(std::min(bytes.size(), count));
    return bytes;
}

std::uint64_t VtkXmlFile::header_word(const std::string& bytes, std::size_t i) const {
    std::uint64_t value = 0;
    for (std::size_t k = 0; k < header_bytes_; ++k) {
        const std::size_t byte =
            swap_ == (std::endian::native == std::endian::little) ? header_bytes_ - 1 - k : k;
        value |= std::uint64_t{static_cast<unsigned char>(bytes[i * header_bytes_ + k])} << (8 * byte);
    }
    return value;
}

// Data blocks as VTK lays them out: a length and the bytes, or, compressed, the number of blocks, the size of
// a block, of the last one if it differs, the packed size of each, and the blocks.
std::string VtkXmlFile::unpacked(std::size_t at, bool base64, std::size_t most) const {
    std::size_t used = 0;
    if (!compressor_) {
        const std::string head = raw(at, base64, header_bytes_, &used);
        if (head.size() < header_bytes_) return "";
        const std::uint64_t length = std::min<std::uint64_t>(header_word(head, 0), most);
        const std::string all = raw(at, base64, header_bytes_ + static_cast<std::size_t>(length), &used);
        return all.substr(header_bytes_);
    }
    const std::string head = raw(at, base64, 3 * header_bytes_, &used);
    if (head.size() < 3 * header_bytes_) return "";
    const std::uint64_t blocks = header_word(head, 0), size = header_word(head, 1),
                        last = header_word(head, 2);
    if (blocks > text_.size() || size > 1'000'000'000 || last > size) return "";
    const std::string sizes = raw(at, base64, header_bytes_ * (3 + static_cast<std::size_t>(blocks)), &used);
    if (sizes.size() < header_bytes_ * (3 + blocks)) return "";
    std::uint64_t packed_total = 0;
    for (std::size_t b = 0; b < blocks; ++b) {
        const std::uint64_t packed = header_word(sizes, 3 + b);
        if (packed > text_.size()) return "";
        packed_total += packed;
    }
    if (packed_total > text_.size()) return "";
    std::size_t data_used = 0;
    const std::string packed = raw(at + used, base64, static_cast<std::size_t>(packed_total), &data_used);
    if (packed.size() < packed_total) return "";
    std::string out;
    std::size_t from = 0;
    for (std::size_t b = 0; b < blocks && out.size() < most; ++b) {
        const auto in = static_cast<std::size_t>(header_word(sizes, 3 + b));
        const auto whole = static_cast<std::size_t>(b + 1 == blocks && last > 0 ? last : size);
        std::string block(whole, '\0');
        const auto got = compressor_->Uncompress(reinterpret_cast<const unsigned char*>(packed.data()) + from,
                                                 in, reinterpret_cast<unsigned char*>(block.data()), whole);
        if (got != whole) break;
        out += block;
        from += in;
    }
    out.resize(std::min(out.size(), most));
    return out;
}

std::string VtkXmlFile::bytes(vtkXMLDataElement* array, std::size_t most) const {
    const bool appended = has(array, "format", "appended");
    return unpacked(data_place(array), appended ? appended_base64_ : true, most);
}

template <class Value>
std::vector<Value> VtkXmlFile::values(vtkXMLDataElement* array, std::size_t count) const {
    const char *type = array->GetAttribute("type"), *name = array->GetAttribute("Name");
    std::vector<Value> out;
    const bool ascii = !array->GetAttribute("format") || has(array, "format", "ascii");
    const bool known = with_type(type ? type : "", [&](auto word) {
        using Word = decltype(word);
        if (ascii) {
            out = text_values<Value>(text_, data_place(array), count);
            return;
        }
        std::string data = bytes(array, count * sizeof(Word));
        if (data.size() < count * sizeof(Word)) return;
        out.resize(count);
        convert<Word>(data, swap_, out);
    });
    if (!known)
        throw Error(ExitCode::input_unreadable, "{}: the array '{}' has type '{}'.", path_.string(),
                    name ? name : "", type ? type : "");
    if (out.size() != count)
        throw Error(ExitCode::input_truncated,
                    "{}: the array '{}' does not hold {} values; the file is damaged or cut short.",
                    path_.string(), name ? name : "", count);
    return out;
}

std::vector<double> VtkXmlFile::reals(vtkXMLDataElement* array, std::size_t count) const {
    return values<double>(array, count);
}

std::vector<std::int64_t> VtkXmlFile::integers(vtkXMLDataElement* array, std::size_t count) const {
    const char* type = array->GetAttribute("type");
    if (type && std::string(type).starts_with("Float"))
        throw Error(ExitCode::input_unreadable, "{}: an array of whole numbers has type '{}'.",
                    path_.string(), type);
    return values<std::int64_t>(array, count);
}

std::vector<std::string> VtkXmlFile::strings(vtkXMLDataElement* array) const {
    constexpr std::size_t most = 1 << 16;
    std::string characters;
    if (!array->GetAttribute("format") || has(array, "format", "ascii")) {
        for (int code : text_values<int>(text_, data_place(array), most))
            characters.push_back(static_cast<char>(code));
    } else {
        characters = bytes(array, most);
    }
    std::vector<std::string> out;
    for (std::size_t at = 0; at < characters.size();) {
        const std::size_t end = characters.find('\0', at);
        out.push_back(characters.substr(at, end - at));
        if (end == std::string::npos) break;
        at = end + 1;
    }
    return out;
}

vtkXMLDataElement* child(vtkXMLDataElement* element, const char* tag) {
    return element ? element->FindNestedElementWithName(tag) : nullptr;
}

vtkXMLDataElement* named_array(vtkXMLDataElement* element, const char* name) {
    for (int i = 0; element && i < element->GetNumberOfNestedElements(); ++i) {
        vtkXMLDataElement* array = element->GetNestedElement(i);
        if (has(array, "Name", name)) return array;
    }
    return nullptr;
}

}  // namespace ctffr
