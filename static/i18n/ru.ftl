# Слова страницы. Имена людей приходят уже отделёнными от направления текста вокруг.

app = Чат
day-today = Сегодня
day-yesterday = Вчера

## Шапка
online = В сети: { $count }
open-people = { $n ->
    [one] { $count } участник в сети: показать
    [few] { $count } участника в сети: показать
   *[many] { $count } участников в сети: показать
}
offline-now = Нет связи
share = Поделиться ссылкой
switch-language = Язык страницы: русский. Switch to English
theme-now = { $theme ->
    [light] Тема: светлая
    [dark] Тема: тёмная
   *[auto] Тема: как в системе
}
settings = Настройки

## Строка состояния
status-connecting = Подключение…
status-lost = Связь потеряна. Переподключение…
status-lost-in = Связь потеряна. Переподключение через { $seconds } с…
status-now = Сейчас
status-offline = Нет сети. Сообщения уйдут, когда связь вернётся.
status-back = Снова на связи
status-degraded = Сообщения сейчас не доставляются. Пробуем снова…
status-idle = Чат остановится: давно никто не пишет
status-idle-in = Чат остановится через { $seconds } с: давно никто не пишет
status-stay = Остаться
status-stopped = Чат остановлен: никто не писал { $minutes ->
    [0] слишком долго
    [one] { $minutes } минуту
    [few] { $minutes } минуты
   *[many] { $minutes } минут
}.
status-stopped-plain = Чат остановлен: давно никто не писал.
status-connect = Подключиться
status-renewed = Чат обновлён
status-reload = Обновить страницу
status-fast = Слишком часто
status-fast-in = Слишком часто. Можно писать через { $seconds } с
status-busy = Сервер занят
status-busy-in = Сервер занят. Отправим через { $seconds } с
status-removed = Вас удалили из чата
status-expired = Приглашение истекло

## Список
list-label = Сообщения
greeting = Вы подключились к чату!
empty = Здесь пока тихо. Напишите первым!
new-messages = Новые сообщения
to-end = В конец
to-new = { $n ->
    [one] { $count } новое
    [few] { $count } новых
   *[many] { $count } новых
}
history-loading = Загружаем…
history-failed = Не загрузилось
history-start = Это начало чата
again = Повторить
gap = { $n ->
    [one] Пропущено { $count } сообщение
    [few] Пропущено { $count } сообщения
   *[many] Пропущено { $count } сообщений
}
gap-load = Загрузить
lost = Прежняя переписка на сервере не сохранилась
you = Вы
outside = извне
link-to-message = Ссылка на сообщение, { $time }
unfold = Показать полностью
fold = Свернуть
post-waiting = Ждёт отправки
post-failed = Не отправлено
post-retry = Повторить
post-discard = Удалить
post-old = Неизвестно, дошло ли
joined = { $names } — теперь в чате
left = { $names } — вышли
joined-one = { $names } теперь в чате
left-one = { $names } больше не в чате
renamed = { $was } теперь { $names }
and-more = { $names } и ещё { $count }
typing = { $n ->
    [one] { $names } печатает…
   *[many] { $names } печатают…
}
typing-many = Несколько человек печатают…
announce = { $name }: { $text }
announce-many = { $n ->
    [one] { $count } новое сообщение
    [few] { $count } новых сообщения
   *[many] { $count } новых сообщений
}

## Поле
field-label = Сообщение
field-placeholder = Сообщение…
send = Отправить
over-limit = Слишком длинно: { $count } лишних
left-to-limit = Осталось { $count }
mentions-label = Кого упомянуть

## Люди
people-title = В сети
people-title-count = В сети — { $count }
people-find = Найти…
people-find-label = Найти человека
people-more = Показать ещё
people-none = Никого не нашлось
people-you = вы
people-failed = Список не загрузился
close = Закрыть

## Вход
join-title = Как вас зовут?
join-hint = Имя увидят все, кто в чате. Пароль и почта не нужны.
join-name = Имя
join-password = Пароль чата
join-enter = Войти
join-suggest = Можно так: { $name }
refused-name_taken = Это имя уже занято: кто-то в чате назвался так же.
refused-name_invalid = Такое имя не подходит: до { $limit } знаков, не пустое и без служебных символов.
refused-room_invalid = Такой комнаты быть не может: в названии только буквы, цифры, «-» и «_», до 64 знаков.
refused-password_required = Чтобы войти сюда, нужен пароль.
refused-password_wrong = Пароль не подошёл.
refused-token_invalid = Приглашение недействительно или устарело.
refused-removed = Вас удалили из чата. Вернуться можно, если это была ошибка.
refused-no_answer = Нет ответа. Попробуйте ещё раз.
refused-other = Не получилось. Попробуйте ещё раз.
to-main-room = В главную комнату
come-back = Вернуться

## Настройки
set-name = Имя
set-rename = Сохранить
set-renamed = Теперь вы { $name }
set-language = Язык
set-theme = Тема
set-theme-auto = Как в системе
set-theme-light = Светлая
set-theme-dark = Тёмная
set-text = Размер текста
set-text-small = Мелкий
set-text-normal = Обычный
set-text-large = Крупный
set-text-huge = Очень крупный
set-sound = Звук нового сообщения
set-desktop = Уведомления на рабочем столе
set-desktop-insecure = Браузер разрешает их только на https и на этом компьютере.
set-desktop-missing = Этот браузер их не умеет.
set-desktop-denied = Запрещены в настройках браузера.
set-presence = Кто пришёл и ушёл
set-presence-show = Показывать
set-presence-condense = Коротко
set-presence-hide = Не показывать
set-keys = Клавиши

## Ссылка на комнату
share-title = Ссылка на эту комнату
share-address = Адрес
share-copy = Скопировать
share-copied = Скопировано
share-failed = Адрес выделен: скопируйте его сами
share-other = Другая комната
share-other-hint = Комната есть у любого адреса: назовите — и она ваша.
share-go = Перейти

## Клавиши
keys-title = Клавиши
keys-send = Отправить
keys-break = Новая строка
keys-up = Перейти к сообщениям
keys-move = По сообщениям
keys-ends = К первому и последнему
keys-enter = Внутрь сообщения
keys-escape = Закрыть, выйти, затем в конец
keys-mention = Упомянуть человека
keys-help = Этот список
