// SPDX-License-Identifier: Apache-2.0
#include "io/dicom_codec.hpp"

#include <algorithm>
#include <array>
#include <cstring>

#include <gdcmByteValue.h>
#include <gdcmDataElement.h>
#include <gdcmFragment.h>
#include <gdcmImage.h>
#include <gdcmImageChangeTransferSyntax.h>
#include <gdcmSequenceOfFragments.h>
#include <gdcmSmartPointer.h>
#include <gdcmTrace.h>

#include "ctffr/core/error.hpp"
#include "io/dicom_tags.hpp"

namespace ctffr::dicom {

namespace {

// GDCM writes to stderr by default; everything it has to say reaches the user as an Error of ours.
void silence_library() {
    gdcm::Trace::SetDebug(false);
    gdcm::Trace::SetWarning(false);
    gdcm::Trace::SetError(false);
}

void describe(gdcm::Image& image, const PixelLayout& layout, std::string_view transfer_syntax) {
    image.SetNumberOfDimensions(2);
    image.SetDimension(0, static_cast<unsigned int>(layout.columns));
    image.SetDimension(1, static_cast<unsigned int>(layout.rows));
    gdcm::PixelFormat format(1, static_cast<unsigned short>(layout.bits_allocated),
                             static_cast<unsigned short>(layout.bits_stored),
                             static_cast<unsigned short>(layout.high_bit), layout.is_signed ? 1 : 0);
    image.SetPixelFormat(format);
    image.SetPhotometricInterpretation(gdcm::PhotometricInterpretation::MONOCHROME2);
    image.SetTransferSyntax(gdcm::TransferSyntax::GetTSType(std::string(transfer_syntax).c_str()));
}

}  // namespace

Coding coding_of(std::string_view syntax) {
    if (syntax == uid::implicit_little || syntax == uid::explicit_little) return Coding::native_little;
    if (syntax == uid::explicit_big) return Coding::native_big;
    if (syntax == uid::rle) return Coding::rle;
    if (syntax == uid::jpeg_baseline || syntax == uid::jpeg_extended || syntax == uid::jpeg_lossless_14 ||
        syntax == uid::jpeg_lossless)
        return Coding::jpeg;
    if (syntax == uid::jpeg_ls_lossless || syntax == uid::jpeg_ls_near) return Coding::jpeg_ls;
    if (syntax == uid::jpeg_2000_lossless || syntax == uid::jpeg_2000) return Coding::jpeg_2000;
    return Coding::unknown;
}

bool is_lossy_syntax(std::string_view syntax) {
    return syntax == uid::jpeg_baseline || syntax == uid::jpeg_extended || syntax == uid::jpeg_ls_near ||
           syntax == uid::jpeg_2000;
}

std::string_view transfer_syntax_of(DicomCompression compression) {
    switch (compression) {
        case DicomCompression::none: return uid::explicit_little;
        case DicomCompression::rle: return uid::rle;
        case DicomCompression::jpeg_lossless: return uid::jpeg_lossless;
        case DicomCompression::jpeg_ls: return uid::jpeg_ls_lossless;
        case DicomCompression::jpeg_2000: return uid::jpeg_2000_lossless;
    }
    throw Error(ExitCode::internal, "Unknown DICOM compression {}.", static_cast<int>(compression));
}

std::string compress_frame(std::span<const std::uint16_t> pixels, const PixelLayout& layout,
                           DicomCompression compression) {
    CTFFR_CHECK_OP(pixels.size(), ==, layout.pixels());
    silence_library();
    // The filter takes part in owning its input, so the image must live on the heap.
    const gdcm::SmartPointer<gdcm::Image> image = new gdcm::Image;
    describe(*image, layout, uid::explicit_little);
    gdcm::DataElement native(gdcm::Tag(0x7FE0, 0x0010));
    native.SetByteValue(reinterpret_cast<const char*>(pixels.data()),
                        gdcm::VL(static_cast<std::uint32_t>(pixels.size_bytes())));
    image->SetDataElement(native);
    gdcm::ImageChangeTransferSyntax change;
    change.SetTransferSyntax(
        gdcm::TransferSyntax::GetTSType(std::string(transfer_syntax_of(compression)).c_str()));
    change.SetInput(*image);
    if (!change.Change()) throw Error(ExitCode::internal, "The compression of a DICOM frame failed.");
    const gdcm::SequenceOfFragments* fragments = change.GetOutput().GetDataElement().GetSequenceOfFragments();
    if (!fragments) throw Error(ExitCode::internal, "The compression of a DICOM frame gave no data.");
    std::string out(fragments->ComputeByteLength(), '\0');
    if (!fragments->GetBuffer(out.data(), out.size()))
        throw Error(ExitCode::internal, "The compressed DICOM frame cannot be copied.");
    return out;
}

bool decode_rle(std::string_view stream, const PixelLayout& layout, std::span<std::uint8_t> out) {
    const std::size_t planes = static_cast<std::size_t>(layout.bits_allocated / 8), pixels = layout.pixels();
    if (stream.size() < 64 || out.size() != layout.bytes()) return false;
    std::array<std::uint32_t, 16> head{};
    std::memcpy(head.data(), stream.data(), 64);
    if (head[0] != planes) return false;
    for (std::size_t plane = 0; plane < planes; ++plane) {
        // Segments hold the bytes of a pixel from the most significant one.
        const std::size_t byte = planes - 1 - plane;
        std::size_t at = head[plane + 1];
        const std::size_t end = plane + 1 < planes ? head[plane + 2] : stream.size();
        if (at < 64 || end > stream.size() || at > end) return false;
        std::size_t pixel = 0;
        while (pixel < pixels) {
            if (at >= end) return false;
            const int control = static_cast<signed char>(stream[at++]);
            if (control >= 0) {
                const std::size_t count = static_cast<std::size_t>(control) + 1;
                if (count > end - at || count > pixels - pixel) return false;
                for (std::size_t i = 0; i < count; ++i)
                    out[(pixel++) * planes + byte] = static_cast<std::uint8_t>(stream[at++]);
            } else if (control > -128) {
                const std::size_t count = static_cast<std::size_t>(1 - control);
                if (at >= end || count > pixels - pixel) return false;
                const std::uint8_t value = static_cast<std::uint8_t>(stream[at++]);
                for (std::size_t i = 0; i < count; ++i) out[(pixel++) * planes + byte] = value;
            }
        }
    }
    return true;
}

bool decode_with_library(std::string_view stream, const PixelLayout& layout, std::string_view transfer_syntax,
                         std::span<std::uint8_t> out) {
    silence_library();
    gdcm::Image image;
    describe(image, layout, transfer_syntax);
    gdcm::SmartPointer<gdcm::SequenceOfFragments> fragments = new gdcm::SequenceOfFragments;
    gdcm::Fragment fragment;
    fragment.SetByteValue(stream.data(), gdcm::VL(static_cast<std::uint32_t>(stream.size())));
    fragments->AddFragment(fragment);
    gdcm::DataElement element(gdcm::Tag(0x7FE0, 0x0010), 0, gdcm::VR::OB);
    element.SetValue(*fragments);
    image.SetDataElement(element);
    if (image.GetBufferLength() != out.size()) return false;
    return image.GetBuffer(reinterpret_cast<char*>(out.data()));
}

}  // namespace ctffr::dicom
