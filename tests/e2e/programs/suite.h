// What the two suites share: each test leaves what it got in the folder E2E_GOT, for the driver to compare.
#ifndef REPRISE_TESTS_E2E_PROGRAMS_SUITE_H_
#define REPRISE_TESTS_E2E_PROGRAMS_SUITE_H_

#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <string>

#include "tests/e2e/programs/translator.h"

namespace reprise::e2e {

// `part` names the thread that asks, where several do.
inline Answer Kept(const Answer& answer, const std::string& part = "") {
  const ::testing::TestInfo& test = *::testing::UnitTest::GetInstance()->current_test_info();
  std::string name = std::string(test.test_suite_name()) + "." + test.name() + part;
  std::replace(name.begin(), name.end(), '/', '_');
  std::ofstream(Word("E2E_GOT", ".") + "/" + name, std::ios::binary | std::ios::app) << answer.status << '\n'
                                                                                     << answer.body << '\n';
  return answer;
}

}  // namespace reprise::e2e

#endif  // REPRISE_TESTS_E2E_PROGRAMS_SUITE_H_
