CREATE TABLE purchase (id text PRIMARY KEY, amount int NOT NULL, status text NOT NULL);
