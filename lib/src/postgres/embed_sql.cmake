# SPDX-License-Identifier: BSL-1.0

# Run at build time: writes `output`, a C++ source with the contents of `files`. A string literal may
# have 64 KiB, so each file is one.
set(parts "")
foreach(file IN LISTS files)
  file(READ ${file} text)
  string(APPEND parts "    R\"sql(${text})sql\",\n")
endforeach()
file(WRITE ${output}
  "#include \"postgres/schema.hpp\"\n\n"
  "namespace crex::detail::postgres {\n\n"
  "static const char* const parts[] = {\n${parts}};\n\n"
  "const std::span<const char* const> schema{parts};\n\n"
  "} // namespace crex::detail::postgres\n")
