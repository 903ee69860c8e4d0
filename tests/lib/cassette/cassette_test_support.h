// The words in which the cassette's tests are told: a folder of their own, exchanges, files.
#ifndef REPRISE_TESTS_LIB_CASSETTE_CASSETTE_TEST_SUPPORT_H_
#define REPRISE_TESTS_LIB_CASSETTE_CASSETTE_TEST_SUPPORT_H_

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "lib/base/file_system.h"
#include "reprise/cassette.h"

namespace reprise::cassette {

// A new folder, removed with everything in it when the test ends.
class CassetteTest : public ::testing::Test {
 protected:
  CassetteTest();
  ~CassetteTest() override;
  std::string PathOf(const std::string& name) const { return folder_ + "/" + name; }

  // Writes a cassette and returns its path.
  std::string Written(const std::string& name, const std::vector<Exchange>& exchanges,
                      CassetteWriter::Form form = CassetteWriter::Form::kZstd) const;
  static CassetteHead Head();

  std::string folder_;
};

// An exchange with a key of its own: `number` stands in its prompt and in its reply.
Exchange Numbered(int number, const std::string& lane = "main");
// The same, with about `bytes` of prose in the reply that do not compress away.
Exchange Long(int number, std::size_t bytes);

std::string Bytes(const std::string& path);
void Put(const std::string& path, std::string_view bytes);
// All records of a cassette, joined by line ends; "" when it cannot be opened.
std::string TextOfCassette(const std::string& path);
// Every exchange of it that can be read.
std::vector<Exchange> ReadAll(const std::string& path);
// Do two exchanges hold the same, all bytes and members that a cassette keeps?
::testing::AssertionResult Same(const Exchange& a, const Exchange& b);

}  // namespace reprise::cassette

#endif  // REPRISE_TESTS_LIB_CASSETTE_CASSETTE_TEST_SUPPORT_H_
