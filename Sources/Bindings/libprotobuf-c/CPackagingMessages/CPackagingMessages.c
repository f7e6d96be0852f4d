#include "CPackagingMessages.h"
